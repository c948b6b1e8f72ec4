package dev.agentos.cli.client;

import dev.agentos.kernel.Yaml;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.TypeConversionException;

/** Where the server of this machine is: what {@code agentos up} would use is what the other commands look for. */
public final class ServerAddress {
    private static final String PORT = "7777";

    private ServerAddress() {}

    /** The local server's address, by the same settings that it starts with. */
    static URI standard() {
        return URI.create("http://127.0.0.1:"
                + setting("http-port")
                        .filter(port -> port.matches("[1-9][0-9]{0,4}"))
                        .orElse(PORT));
    }

    /**
     * The address of the server that runs in that data directory. What a server that was killed has left there counts
     * for nothing: by now another program may listen, which must not get the key.
     */
    static Optional<URI> of(Path dataDirectory) {
        try {
            var process = Long.parseLong(
                    Files.readString(dataDirectory.resolve("lock")).strip());
            var address = Files.readString(dataDirectory.resolve("server.address"));
            return ProcessHandle.of(process).isPresent() ? Optional.of(reachable(address.strip())) : Optional.empty();
        } catch (IOException | IllegalArgumentException none) {
            return Optional.empty();
        }
    }

    /** Who listens on every address of the machine is reached on its own. */
    private static URI reachable(String address) {
        return URI.create(address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:"));
    }

    /** Whether an address is of this machine. */
    public static boolean local(URI address) {
        return List.of("127.0.0.1", "localhost", "[::1]").contains(String.valueOf(address.getHost()));
    }

    /** The local server's data directory, by the same settings that it starts with. */
    public static Path dataDirectory() {
        return setting("data-dir").map(Path::of).orElseGet(() -> Path.of(System.getProperty("user.home"), ".agentos"));
    }

    private static Optional<String> setting(String name) {
        var variable = "AGENTOS_" + name.toUpperCase(java.util.Locale.ROOT).replace('-', '_');
        return Optional.ofNullable(System.getenv(variable))
                .or(() -> Optional.ofNullable(System.getProperty("agentos.home"))
                        .map(home -> Path.of(home, "etc", "agentos.yaml"))
                        .filter(Files::isReadable)
                        .flatMap(file -> read(file, name)))
                .filter(value -> !value.isBlank());
    }

    /** A file that is damaged is the server's to complain of. */
    private static Optional<String> read(Path file, String name) {
        try {
            return Yaml.parse(Files.readString(file)) instanceof JsonObject settings
                    ? settings.member(name).map(value -> settings.text(name).orElseGet(value::toString))
                    : Optional.empty();
        } catch (IOException | AgentOsException damaged) {
            return Optional.empty();
        }
    }

    /** Reads an address; {@code http} is understood when no scheme is written. */
    public static URI parse(String text) {
        try {
            var uri = new URI(text.contains("://") ? text : "http://" + text);
            if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
                return uri;
            }
        } catch (URISyntaxException malformed) {
            // Told below.
        }
        throw new TypeConversionException("'" + text + "' is no address of a server, as in http://127.0.0.1:7777.");
    }
}
