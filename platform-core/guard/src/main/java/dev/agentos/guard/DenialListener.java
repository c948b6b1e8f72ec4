package dev.agentos.guard;

/** Told when a plugin is refused something for the first time. */
@FunctionalInterface
public interface DenialListener {

    /**
     * A refusal; the same permission is told once, however often it is refused.
     *
     * @param plugin the plugin
     * @param permission what it lacks, as in {@code fs.read /etc/passwd}
     * @param sink where, as in {@code java.io.FileInputStream.open}
     */
    void denied(String plugin, String permission, String sink);
}
