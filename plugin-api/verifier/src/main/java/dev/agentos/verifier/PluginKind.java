package dev.agentos.verifier;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a plugin mainly brings; the category under which a marketplace lists it. */
public enum PluginKind {
    /** Models of one vendor. */
    PROVIDER,
    /** Tools that agents call. */
    TOOL,
    /** Ready agents with their prompts, tools and knowledge. */
    PACK,
    /** A protocol under which the server can be reached. */
    PROTOCOL,
    /** Pages of the web console. */
    CONSOLE,
    /** Anything else: node types, gates, shared libraries. */
    EXTENSION;

    /** The word that a manifest writes: the name in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The kind of that word.
     *
     * @throws IllegalArgumentException naming the words that exist
     */
    public static PluginKind ofWord(String word) {
        return Arrays.stream(values())
                .filter(kind -> kind.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + word + "' is not one of "
                        + Arrays.stream(values()).map(PluginKind::word).collect(Collectors.joining(", "))));
    }
}
