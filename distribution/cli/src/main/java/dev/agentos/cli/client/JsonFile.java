package dev.agentos.cli.client;

import dev.agentos.kernel.Yaml;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Documents that a user hands over in files. */
public final class JsonFile {
    private JsonFile() {}

    /**
     * What a file holds, in JSON or YAML.
     *
     * @param example of an object that it could be
     */
    public static JsonObject document(Path file, String example) {
        try {
            if (Yaml.parse(Files.readString(file)) instanceof JsonObject object) {
                return object;
            }
            throw new CliException(CliException.USAGE, file + " holds no object, as in " + example + ".");
        } catch (IOException unreadable) {
            throw new CliException(CliException.USAGE, "There is no readable file " + file + ".");
        } catch (AgentOsException malformed) {
            throw new CliException(
                    CliException.USAGE, file + ": " + malformed.getMessage() + "\n" + malformed.action());
        }
    }
}
