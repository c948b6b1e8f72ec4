package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Failure;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What of a verified plugin can be loaded, and what cannot. */
class LoadableClassesTest extends HostedTest {

    private static final PermissionRequest SQL =
            new PermissionRequest(Permission.parse("jdk.group sql"), "dates", true);

    /** A plugin that starts only when the class of its library can, or cannot, be loaded. */
    private Path plugin(boolean expected, PermissionRequest... permissions) {
        SyntheticJar library = SyntheticJar.empty()
                .source(
                        "other.Dates",
                        "package other; public class Dates { public Object x() {"
                                + " return new java.sql.Date(1); } }");
        Path compiled = library.writeTo(folder, "library.jar");
        return SyntheticJar.plugin("dates", "1.0.0")
                .permissions(permissions)
                .nested("lib/library.jar", library)
                .compiledAgainst(compiled)
                .extension("p.DatesTool", """
                    package p;

                    import dev.agentos.spi.*;

                    @AgentOsExtension
                    public final class DatesTool implements Tool {
                        @Override
                        public void start(PluginContext context) {
                            boolean loaded;
                            try {
                                loaded = new other.Dates().x() != null;
                            } catch (LinkageError e) {
                                loaded = false;
                            }
                            if (loaded != %s) {
                                throw new IllegalStateException("loaded: " + loaded);
                            }
                        }

                        @Override
                        public ToolDescription description() {
                            return new ToolDescription(
                                    "dates.x", "Nothing.", JsonObject.of("type", "object"), Effect.PURE);
                        }

                        @Override
                        public ToolResult call(JsonObject arguments, CallContext call) {
                            return ToolResult.of(new JsonString("x"));
                        }
                    }
                    """.formatted(expected))
                .writeTo(folder);
    }

    @Test
    void aClassThatIsHeldBackIsNotLoaded() {
        host.done(host.service.install(PluginHost.upload(plugin(false))));
    }

    @Test
    void aClassThatNeedsAGroupIsLoadedWithItsGrantOnly() {
        host.done(host.service.install(PluginHost.upload(plugin(true, SQL))));
        host.done(host.service.uninstall("dates", false));
        Path refused = plugin(false, SQL);
        host.done(host.service.install(new InstallRequest(new InstallRequest.Upload(refused), Consent.of(Set.of()))));
        Failure loaded = host.failed(host.service.grant(
                "dates", InstalledPlugin.ANY, Consent.of(Set.of(SQL.permission())), Optional.empty()));
        assertThat(loaded.code()).isEqualTo("plugin:START_FAILED");
    }

    @Test
    void whatWasVerifiedIsKeptAndMadeAnewWhenItIsLost() throws IOException {
        host.done(host.service.install(PluginHost.upload(plugin(false))));
        host.service.close();
        Path verified = folder.resolve("data/plugins/verified");
        Path kept;
        try (Stream<Path> files = Files.list(verified)) {
            kept = files.findFirst().orElseThrow();
        }
        List<String> lines = Files.readAllLines(kept);
        assertThat(lines).hasSize(2);
        String older = lines.get(0).replaceFirst("by .*", "by another list") + "\n" + "0".repeat(64) + "\n";
        for (String damaged : List.of("", "no digest", lines.get(0) + "\nno digest\n", older)) {
            if (damaged.isEmpty()) {
                Files.delete(kept);
            } else {
                Files.writeString(kept, damaged);
            }
            PluginHost again = new PluginHost(folder.resolve("data"), host.plugins);
            assertThat(again.service.find("dates").orElseThrow().state()).isEqualTo(PluginState.STARTED);
            again.service.close();
            assertThat(Files.readAllLines(kept)).isEqualTo(lines);
        }
        // A digest that is not there any more is a class that nobody verified.
        Files.writeString(kept, lines.get(0) + "\n" + "0".repeat(64));
        PluginHost again = new PluginHost(folder.resolve("data"), host.plugins);
        assertThat(again.service.find("dates").orElseThrow().state()).isEqualTo(PluginState.FAILED);
        again.service.close();
    }
}
