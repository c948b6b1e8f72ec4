package dev.agentos.pluginruntime.internal;

import dev.agentos.verifier.HostPackages;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The packages of the class path and the JDK that plugins may link, besides {@code java.*}: the verifier's list, so
 * that author, registry and host say the same.
 */
public final class SharedPackages {

    private SharedPackages() {}

    /** What a plugin may see of the JDK; what it may link of it, the verifier's list of links decides. */
    public static String ofJdk() {
        return HostPackages.offered().entrySet().stream()
                .filter(entry -> entry.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(","));
    }

    /** The interface for plugins and the shared libraries, each package with its versions. */
    public static String ofClassPath() {
        return HostPackages.offered().entrySet().stream()
                .flatMap(entry ->
                        entry.getValue().stream().map(version -> entry.getKey() + ";version=\"" + version + "\""))
                .collect(Collectors.joining(","));
    }

    /** The names of the packages of the class path. */
    public static Set<String> names() {
        return HostPackages.offered().entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }
}
