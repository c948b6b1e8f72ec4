package dev.agentos.verifier;

/**
 * How much a JAR may hold. The counts and sizes of nested JARs add to those of the outer one.
 *
 * @param fileBytes length of the JAR
 * @param entries number of entries
 * @param totalBytes sum of the uncompressed entries
 * @param ratio uncompressed to compressed size of an entry of 1 MiB and more
 * @param nesting how many JARs lie inside each other below the plugin's own: 1 allows embedded libraries
 */
public record VerifierLimits(long fileBytes, int entries, long totalBytes, int ratio, int nesting) {

    /** 512 MiB, 20,000 entries, 512 MiB uncompressed, 200 to 1, 2 levels. */
    public static final VerifierLimits DEFAULT = new VerifierLimits(512L << 20, 20_000, 512L << 20, 200, 2);

    public VerifierLimits {
        if (fileBytes < 1 || entries < 1 || totalBytes < 1 || ratio < 1 || nesting < 0) {
            throw new IllegalArgumentException("Limits are positive: " + fileBytes + ", " + entries + ", " + totalBytes
                    + ", " + ratio + ", " + nesting);
        }
    }
}
