package dev.agentos.pluginworker;

/** What plugin code threw in its own process that was no failure it reports: words, and no object of the plugin. */
public final class PluginDefect extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String extension;

    PluginDefect(String extension, String thrown) {
        super(thrown);
        this.extension = extension;
    }

    /** The class of the extension that failed. */
    public String extension() {
        return extension;
    }
}
