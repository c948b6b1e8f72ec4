package dev.agentos.registryservice;

import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.Finding;
import dev.agentos.verifier.PublisherKey;
import dev.agentos.verifier.VerifiedClasses;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/**
 * Publishes JARs into a registry's directory: {@code --registry-dir DIR [--key FILE] [--policy FILE] jar...}. With a
 * key the JARs are signed first, where they are; a key that is not there is made.
 */
public final class PublishMain {

    private static final String USAGE = "Usage: --registry-dir DIR [--key FILE] [--policy FILE] jar...";

    private PublishMain() {}

    /** Exit code 0 when all were published, 1 when one was not, 2 when the command line is wrong. */
    public static void main(String[] arguments) {
        System.exit(run(arguments, System.out, System.err));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err) {
        Options options;
        Path directory;
        try {
            options = Options.parse(arguments, Set.of("registry-dir", "key", "policy"));
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
            PublishRules rules = RegistryMain.rules(options.value("policy"));
            // Whoever writes the directory is the registry; nobody stands beside who could agree.
            rules.requirePeople(0);
            RegistryService service = new RegistryService(directory, InstantSource.system(), IndexSigning.USUAL, rules);
            Optional<PublisherKey> key = options.value("key").map(file -> key(Path.of(file)));
            for (String jar : options.words()) {
                if (key.isPresent()) {
                    sign(key.get(), Path.of(options.required("key")), Path.of(jar));
                }
                exitCode = Math.max(exitCode, publish(service, Path.of(jar), out, err));
            }
        } catch (AgentOsException e) {
            err.println(e.getMessage() + " " + e.action());
            return 1;
        } catch (IOException e) {
            err.println("What was signed cannot be kept beside the key: " + e.getMessage());
            return 1;
        }
        return exitCode;
    }

    private static PublisherKey key(Path file) {
        String password = PublisherKey.password(System.getenv());
        return Files.exists(file)
                ? PublisherKey.open(file, password)
                : PublisherKey.create(file, "AgentOS build", password, Duration.ofDays(3650), Duration.ZERO);
    }

    /** Signs a JAR. A signature holds the time, so what was signed before is kept: a release must not change. */
    private static void sign(PublisherKey key, Path file, Path jar) throws IOException {
        String unsigned = VerifiedClasses.digest(Files.readAllBytes(jar));
        Path kept = Path.of(file + ".signed").resolve(key.fingerprint()).resolve(unsigned + ".jar");
        if (Files.exists(kept)) {
            Files.copy(kept, jar, StandardCopyOption.REPLACE_EXISTING);
            return;
        }
        key.sign(jar, jar);
        Files.createDirectories(kept.getParent());
        Path partial = Files.createTempFile(kept.getParent(), "signed", ".part");
        Files.copy(jar, partial, StandardCopyOption.REPLACE_EXISTING);
        Files.move(partial, kept, StandardCopyOption.ATOMIC_MOVE);
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
