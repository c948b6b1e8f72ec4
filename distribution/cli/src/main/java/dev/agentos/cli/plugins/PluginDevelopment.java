package dev.agentos.cli.plugins;

import dev.agentos.cli.authoring.BuildFailedException;
import dev.agentos.cli.authoring.DevelopmentLoop;
import dev.agentos.cli.authoring.PluginBuild;
import dev.agentos.cli.authoring.SigningKeys;
import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Builds and signs a plugin and brings it into a server, once or whenever its sources change.
 *
 * @param once whether what the server refuses ends it, as the server says; otherwise it is told, and the next change
 *     tried
 */
record PluginDevelopment(Connection connection, Consent consent, SigningKeys keys, boolean once) {

    void run(Path project) {
        var loop = new DevelopmentLoop(new PluginBuild(project), this::bring, connection::say);
        try {
            connection.say("Building; then each change of the sources is built and swapped in. Ctrl-C ends this.");
            if (once) {
                loop.once();
            } else {
                loop.forever();
            }
        } catch (BuildFailedException failure) {
            throw new CliException(CliException.FAILED, failure.getMessage());
        } catch (IOException failure) {
            throw new CliException(CliException.FAILED, "The plugin cannot be built: " + failure.getMessage() + ".");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Installs a plugin, or swaps it in for the version that is there. */
    private void bring(String id, Path jar) throws BuildFailedException {
        try {
            var signed = jar.resolveSibling("plugin-signed.jar.part");
            keys.open().sign(jar, signed);
            var client = connection.client();
            var installed = client.list("/plugins").stream()
                    .anyMatch(one -> one.text("id").filter(id::equals).isPresent());
            var answer = client.upload(
                    (installed ? PluginCommand.path(id) + "/swap" : "/plugins") + consent.query(), signed);
            PluginCommand.finish(
                    connection, client, answer, consent.dryRun(), installed ? "Now in force:" : "Installed");
        } catch (AgentOsException unusable) {
            throw new BuildFailedException(unusable.getMessage() + "\n" + unusable.action());
        } catch (CliException refused) {
            if (once) {
                throw refused;
            }
            throw new BuildFailedException(String.valueOf(refused.getMessage()));
        }
    }
}
