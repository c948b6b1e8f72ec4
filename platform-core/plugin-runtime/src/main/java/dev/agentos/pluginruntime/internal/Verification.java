package dev.agentos.pluginruntime.internal;

import dev.agentos.kernel.Latest;
import dev.agentos.verifier.PluginVerifier;
import dev.agentos.verifier.VerificationReport;
import dev.agentos.verifier.VerifierLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Verifies files once. The same bytes are looked at when a change is planned, when it is made, and when a version comes
 * back; only the certificate's time and the revocations can change what the verifier says of them.
 */
public final class Verification {

    private static final int MOST = 64;
    private static final Duration LONGEST = Duration.ofHours(1);

    private final InstantSource clock;
    private final Supplier<Set<String>> revoked;
    private final Function<Path, String> digest;
    private final PluginVerifier verifier;
    private final Map<String, Known> reports = new Latest<>(MOST);

    /**
     * What was said of some bytes.
     *
     * @param revoked the fingerprints that were not trusted then
     * @param until when it is asked again
     */
    private record Known(VerificationReport report, Set<String> revoked, Instant until) {}

    /**
     * A verification by that clock.
     *
     * @param revoked the fingerprints of certificates that are not trusted any more
     * @param digest the SHA-512 of a file, in hexadecimal digits
     */
    public Verification(InstantSource clock, Supplier<Set<String>> revoked, Function<Path, String> digest) {
        this.clock = clock;
        this.revoked = revoked;
        this.digest = digest;
        this.verifier = new PluginVerifier(VerifierLimits.DEFAULT, clock, revoked);
    }

    /**
     * The verifier's report of a file; it must not change meanwhile, and whoever goes on compares the digest.
     *
     * @throws dev.agentos.spi.AgentOsException as {@link PluginVerifier#verify}
     */
    public VerificationReport verify(Path file) {
        Set<String> now = Set.copyOf(revoked.get());
        String sha512 = digest.apply(file);
        synchronized (reports) {
            Known known = reports.get(sha512);
            if (known != null && known.revoked().equals(now) && clock.instant().isBefore(known.until())) {
                return known.report();
            }
        }
        VerificationReport report = verifier.verify(file);
        Instant until = report.signer()
                .map(signer -> signer.notAfter())
                .filter(clock.instant().plus(LONGEST)::isAfter)
                .orElseGet(() -> clock.instant().plus(LONGEST));
        // What is refused is not remembered: it is asked for rarely, and a certificate may become valid.
        if (report.errors().isEmpty() && report.sha512().equals(sha512)) {
            synchronized (reports) {
                reports.put(sha512, new Known(report, now, until));
            }
        }
        return report;
    }
}
