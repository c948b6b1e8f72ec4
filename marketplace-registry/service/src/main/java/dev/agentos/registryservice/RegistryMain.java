package dev.agentos.registryservice;

import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a registry as a process of its own: {@code --data-dir DIR [--port 7778] [--host 127.0.0.1]
 * [--publish-token-file FILE] [--people FILE] [--policy FILE] [--name NAME] [--index-days 7]}. Prints its address and
 * its key's fingerprint, and ends cleanly on SIGTERM.
 */
public final class RegistryMain {

    private static final Set<String> OPTIONS =
            Set.of("data-dir", "port", "host", "publish-token-file", "people", "policy", "name", "index-days");
    private static final String USAGE = "Usage: --data-dir DIR [--port 7778] [--host 127.0.0.1]"
            + " [--publish-token-file FILE] [--people FILE] [--policy FILE] [--name NAME] [--index-days 7]";

    private static final long TICK_SECONDS = 30;
    private static final Logger LOG = LoggerFactory.getLogger(RegistryMain.class);

    private RegistryMain() {}

    /**
     * Runs until the process is told to end; exit code 5 when it cannot listen or its directory cannot be used, 2 when
     * the command line is wrong, 1 for any other failure.
     */
    public static void main(String[] arguments) throws InterruptedException {
        Path directory;
        RegistryHttpConfig config;
        IndexSigning signing;
        Optional<String> policy;
        try {
            Options options = Options.parse(arguments, OPTIONS);
            directory = Path.of(options.required("data-dir"));
            config = config(options);
            signing = signing(options);
            policy = options.value("policy");
        } catch (IllegalArgumentException | IOException e) {
            System.err.println(e.getMessage() + ". " + USAGE);
            System.exit(2);
            return;
        }
        try {
            PublishRules rules = rules(policy);
            rules.requirePeople(config.people().reviewers());
            RegistryService service = new RegistryService(directory, InstantSource.system(), signing, rules);
            String signed = service.isMirror()
                    ? "It is a mirror: its index is signed by the registry that it came from"
                    : "Its index is signed with key " + service.fingerprint();
            RegistryHttp http = new RegistryHttp(service, config);
            CountDownLatch stopped = new CountDownLatch(1);
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(
                            () -> {
                                http.close();
                                stopped.countDown();
                            },
                            "registry-stop"));
            System.out.println("AgentOS registry on " + http.address() + " from " + directory);
            System.out.println(signed);
            do {
                renew(service);
                goOn(service);
            } while (!stopped.await(TICK_SECONDS, TimeUnit.SECONDS));
        } catch (AgentOsException e) {
            System.err.println(e.getMessage() + " " + e.action());
            System.exit(unavailable(e) ? 5 : 1);
        }
    }

    /** A policy that cannot be read must not let anything pass. */
    static PublishRules rules(Optional<String> policy) {
        try {
            return policy.isEmpty()
                    ? PublishRules.NONE
                    : PublishRules.in(Path.of(policy.get()), InstantSource.system());
        } catch (IOException e) {
            throw RegistryDirectory.failed("read", Path.of(policy.orElseThrow()), e);
        }
    }

    /** Also for those who read the directory's files by a static server. */
    private static void renew(RegistryService service) {
        try {
            service.index();
        } catch (AgentOsException e) {
            LOG.error("The index cannot be signed: {} {}", e.getMessage(), e.action());
        }
    }

    /** With what a stop has kept from coming in although it was agreed to; ends what nobody decided on. */
    private static void goOn(RegistryService service) {
        try {
            service.waiting().sweep();
        } catch (AgentOsException e) {
            LOG.error("What waits for approvals cannot go on: {} {}", e.getMessage(), e.action());
        }
    }

    private static IndexSigning signing(Options options) {
        return new IndexSigning(
                options.value("name").orElse(IndexSigning.USUAL.name()),
                options.value("index-days")
                        .map(days -> Duration.ofDays(Integer.parseInt(days)))
                        .orElse(IndexSigning.USUAL.life()));
    }

    private static boolean unavailable(AgentOsException e) {
        return e.errorCode() == RegistryErrorCode.INVALID_ADDRESS
                || e.errorCode().type() == ErrorType.RESOURCES;
    }

    private static RegistryHttpConfig config(Options options) throws IOException {
        int port = options.value("port").map(Integer::parseInt).orElse(RegistryHttpConfig.DEFAULT_PORT);
        RegistryPeople people = RegistryPeople.NOBODY;
        Optional<String> token = options.value("publish-token-file");
        if (token.isPresent()) {
            people = RegistryPeople.publisher(
                    Files.readString(Path.of(token.get())).strip());
        }
        Optional<String> file = options.value("people");
        if (file.isPresent()) {
            people = people.and(RegistryPeople.read(Files.readAllLines(Path.of(file.get()))));
        }
        return new RegistryHttpConfig(options.value("host").orElse("127.0.0.1"), port, people);
    }
}
