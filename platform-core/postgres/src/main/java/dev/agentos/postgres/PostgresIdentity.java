package dev.agentos.postgres;

import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * As whom PostgreSQL runs. It refuses to be root, and its {@code initdb} refuses a user without an account, so:
 *
 * <ul>
 *   <li>an ordinary user with an account runs it directly;
 *   <li>root hands its directory to a service account, {@code agentos} or else {@code nobody}, if that account can
 *       reach the directory; this is preferred because PostgreSQL then really has no rights;
 *   <li>otherwise (a directory below another's closed one, an account-less user in a container) it runs in a user
 *       namespace that shows the server's own user as {@code nobody}.
 * </ul>
 *
 * @param prefix the command that becomes this identity and then executes the rest of its arguments
 * @param owner the numeric user who must own the files
 */
record PostgresIdentity(List<String> prefix, int owner) {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresIdentity.class);
    private static final Duration PROBE_LIMIT = Duration.ofSeconds(5);

    PostgresIdentity {
        prefix = List.copyOf(prefix);
    }

    /** An account of {@code /etc/passwd}. */
    private record Account(String name, int user, int group) {}

    /** The identity for a directory, which is handed over to it, below that parent, which it must be able to enter. */
    static PostgresIdentity choose(Path parent, Path directory) throws IOException {
        // The link itself belongs to root; the process's own directory belongs to its user.
        int self = userOf(Path.of("/proc/self").toRealPath());
        List<Account> accounts = accounts();
        if (self != 0 && accounts.stream().anyMatch(account -> account.user() == self)) {
            return new PostgresIdentity(List.of(), self);
        }
        Account nobody = account(accounts, "nobody").orElse(new Account("nobody", 65_534, 65_534));
        if (self == 0) {
            Account service = account(accounts, "agentos").orElse(nobody);
            PostgresIdentity identity = new PostgresIdentity(
                    List.of(
                            "setpriv",
                            "--reuid=" + service.user(),
                            "--regid=" + service.group(),
                            "--clear-groups",
                            "--inh-caps=-all"),
                    service.user());
            if (identity.canReach(parent)) {
                return identity.takeOver(directory);
            }
            LOG.info(
                    "Account {} cannot reach {}; PostgreSQL runs in a user namespace instead",
                    service.name(),
                    directory);
        }
        PostgresIdentity namespace = new PostgresIdentity(
                List.of("unshare", "--map-user=" + nobody.user(), "--map-group=" + nobody.group()), self);
        if (namespace.canReach(parent)) {
            return namespace.takeOver(directory);
        }
        throw new AgentOsException(
                DatabaseErrorCode.DIRECTORY_UNUSABLE,
                "PostgreSQL does not run as this user (number " + self + "), and no other way to run it in " + directory
                        + " works here.",
                "Run the server as an ordinary user with an account, or put its data directory where the account"
                        + " \"nobody\" can reach it, or set a database URL.");
    }

    /** A whole command under this identity that dies, by a fast shutdown, with the thread that starts it. */
    List<String> tied(List<String> command) {
        List<String> whole = new ArrayList<>(prefix);
        if (Commands.run(PROBE_LIMIT, List.of("setpriv", "--pdeathsig", "INT", "true"))
                .succeeded()) {
            whole.addAll(List.of("setpriv", "--pdeathsig", "INT"));
        }
        whole.addAll(command);
        return whole;
    }

    /** A whole command under this identity. */
    List<String> command(List<String> command) {
        List<String> whole = new ArrayList<>(prefix);
        whole.addAll(command);
        return whole;
    }

    private boolean canReach(Path directory) {
        return Commands.run(PROBE_LIMIT, command(List.of("test", "-x", directory.toString())))
                .succeeded();
    }

    private PostgresIdentity takeOver(Path directory) throws IOException {
        if (userOf(directory) == owner) {
            return this;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                own(file);
            }
        }
        return this;
    }

    /** Gives one file to this identity. */
    void own(Path file) throws IOException {
        if (userOf(file) != owner) {
            Files.setAttribute(file, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static int userOf(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static Optional<Account> account(List<Account> accounts, String name) {
        return accounts.stream().filter(account -> account.name().equals(name)).findFirst();
    }

    private static List<Account> accounts() throws IOException {
        Path file = Path.of("/etc/passwd");
        if (!Files.isReadable(file)) {
            return List.of();
        }
        return Files.readAllLines(file, java.nio.charset.StandardCharsets.ISO_8859_1).stream()
                .map(line -> line.split(":", -1))
                .filter(fields -> fields.length >= 4 && fields[2].matches("\\d{1,9}") && fields[3].matches("\\d{1,9}"))
                .map(fields -> new Account(fields[0], Integer.parseInt(fields[2]), Integer.parseInt(fields[3])))
                .toList();
    }

    /** The environment of PostgreSQL: nothing of the server's, which may hold secrets. */
    static void clean(Map<String, String> environment) {
        String path = environment.getOrDefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        environment.clear();
        environment.put("PATH", path);
        environment.put("LC_ALL", "C");
        environment.put("TZ", "UTC");
    }
}
