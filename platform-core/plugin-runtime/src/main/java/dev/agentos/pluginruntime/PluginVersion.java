package dev.agentos.pluginruntime;

/**
 * One version of a plugin, told apart by the bytes of its file.
 *
 * @param plugin the plugin's id
 * @param version its version, as its manifest has it
 * @param sha512 the SHA-512 of its file, 128 lower-case hexadecimal digits
 */
public record PluginVersion(String plugin, String version, String sha512) {

    /** {@code id version}, for people. */
    @Override
    public String toString() {
        return plugin + " " + version;
    }
}
