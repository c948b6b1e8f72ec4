package dev.agentos.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The arguments of a server's virtual machine: those of {@code etc/server.jvmargs} and the store of loaded classes that
 * makes a start quick. The best is the cache that {@code agentos warm-up} makes, which holds classes that are linked
 * already and what is known of their methods. An installation without one lets the virtual machine write a lesser
 * archive when the first server ends, if it runs no agent: with one the virtual machine refuses to.
 */
public final class JvmArguments {

    private static final String CACHE = "server.aot";
    private static final String ARCHIVE = "server.jsa";

    private JvmArguments() {}

    /** The arguments for a server of that installation. */
    public static List<String> of(Path home) throws IOException {
        List<String> arguments = common(home);
        if (Files.isReadable(cache(home))) {
            arguments.add("-XX:AOTCache=" + cache(home));
        } else if (Files.isWritable(home) && arguments.stream().noneMatch(JvmArguments::isAgent)) {
            arguments.add("-XX:+AutoCreateSharedArchive");
            arguments.add("-XX:SharedArchiveFile=" + home.resolve(ARCHIVE));
        }
        return arguments;
    }

    /**
     * The arguments for a server that makes the cache, in that file, when it ends. It runs without any agent: the
     * virtual machine does not survive writing a cache of classes that one has changed. It has the module that an agent
     * brings all the same, because linked classes serve none but who has the same modules.
     */
    public static List<String> training(Path home, Path cache) throws IOException {
        List<String> arguments = common(home);
        if (arguments.removeIf(JvmArguments::isAgent)) {
            arguments.add("--add-modules=java.instrument");
        }
        arguments.add("-XX:AOTCacheOutput=" + cache);
        return arguments;
    }

    private static boolean isAgent(String argument) {
        return argument.startsWith("-javaagent:");
    }

    /** Where an installation's cache is. */
    public static Path cache(Path home) {
        return home.resolve(CACHE);
    }

    private static List<String> common(Path home) throws IOException {
        List<String> arguments = new ArrayList<>();
        for (String line : Files.readAllLines(home.resolve("etc/server.jvmargs"))) {
            String argument = line.strip();
            if (!argument.isEmpty() && !argument.startsWith("#")) {
                arguments.add(argument.replace("${home}", home.toString()));
            }
        }
        return arguments;
    }
}
