package dev.agentos.registryservice;

import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.Finding;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;

/** Publishes JARs into a registry's directory: {@code --registry-dir DIR jar...}. */
public final class PublishMain {

    private static final String USAGE = "Usage: --registry-dir DIR jar...";

    private PublishMain() {}

    /** Exit code 0 when all were published, 1 when one was not, 2 when the command line is wrong. */
    public static void main(String[] arguments) {
        System.exit(run(arguments, System.out, System.err));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err) {
        Options options;
        Path directory;
        try {
            options = Options.parse(arguments, Set.of("registry-dir"));
            directory = Path.of(options.required("registry-dir"));
            if (options.words().isEmpty()) {
                throw new IllegalArgumentException("No JAR is named");
            }
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage() + ". " + USAGE);
            return 2;
        }
        int exitCode = 0;
        try {
            RegistryService service = new RegistryService(directory, InstantSource.system());
            for (String jar : options.words()) {
                exitCode = Math.max(exitCode, publish(service, Path.of(jar), out, err));
            }
        } catch (AgentOsException e) {
            err.println(e.getMessage() + " " + e.action());
            return 1;
        }
        return exitCode;
    }

    private static int publish(RegistryService service, Path jar, PrintStream out, PrintStream err) {
        try {
            Release release = service.publish(jar);
            out.println("Published " + release.slug() + " " + release.version() + " from " + jar);
            return 0;
        } catch (PluginRefusedException e) {
            err.println("Refused " + jar + ":");
            for (Finding finding : e.report().findings()) {
                err.println("  " + finding);
            }
        } catch (AgentOsException e) {
            err.println("Not published " + jar + ": " + e.getMessage() + " " + e.action());
        }
        return 1;
    }
}
