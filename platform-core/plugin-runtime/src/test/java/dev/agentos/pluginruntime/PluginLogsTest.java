package dev.agentos.pluginruntime;

import static dev.agentos.pluginruntime.PluginHost.upload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.agentos.kernel.Operation;
import dev.agentos.kernel.Page;
import dev.agentos.pluginruntime.logs.PluginLogs;
import dev.agentos.pluginruntime.logs.PluginLogs.Line;
import dev.agentos.pluginruntime.logs.PluginLogs.Source;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Tool;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.SyntheticJar;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a plugin wrote, what is said of it, and who is inside which of its versions. */
class PluginLogsTest extends HostedTest {

    private Path jar(String version, String start, String call) {
        return SyntheticJar.plugin("talker", version)
                .extension("synthetic.Talker", SyntheticSources.tool("Talker", "talker.say", start, call))
                .writeTo(folder, "talker-" + version + ".jar");
    }

    private List<Line> lines(Level least) {
        Page<Line> page = host.service.log("talker").find(new PluginLogs.Query(least, 0, Long.MAX_VALUE, 1_000));
        assertThat(page.next()).isEmpty();
        return page.items().reversed();
    }

    private static final String CALL = """
        context.logger().log(System.Logger.Level.DEBUG, "not at the level of the log");
        context.logger().log(System.Logger.Level.INFO, "asked with Authorization: Bearer abcdef0123456789abcdef0123456789");
        context.logger().log(System.Logger.Level.WARNING, "{0} of {1}\\u001b[31m\\ud800", 3, 4);
        context.logger().log(System.Logger.Level.ERROR, "it broke", new IllegalStateException("quite") {
            @Override public String toString() { throw new IllegalStateException("never"); }
        });
        try {
            context.secret("OTHER");
        } catch (AgentOsException e) {
            return ToolResult.of(new JsonString("said"));
        }
        return ToolResult.of(new JsonString("not refused"));
        """;

    @Test
    void whatAPluginWritesAndWhatHappensToItStandsInItsLogWithoutSecrets() {
        host.done(host.service.install(upload(jar("1.0.0", "", CALL))));
        call();

        assertThat(lines(Level.ALL))
                .extracting(Line::source, Line::level, Line::version)
                .startsWith(
                        tuple(Source.SERVER, Level.INFO),
                        tuple(Source.SERVER, Level.INFO),
                        tuple(Source.PLUGIN, Level.INFO),
                        tuple(Source.PLUGIN, Level.WARNING),
                        tuple(Source.PLUGIN, Level.ERROR),
                        tuple(Source.SERVER, Level.WARNING))
                .hasSize(6);
        assertThat(lines(Level.ALL))
                .extracting(Line::message)
                .anyMatch(text -> text.contains("in force"))
                .anyMatch(text -> text.startsWith("asked with") && !text.contains("abcdef0123456789"))
                .contains("3 of 4\ufffd[31m\ufffd", "it broke: an exception that cannot be read")
                .contains("Denied 'secret.read OTHER' at the host; further denials of it are counted")
                .noneMatch(text -> text.contains("not at the level"));
        assertThat(lines(Level.ALL)).extracting(Line::sequence).isSorted().doesNotHaveDuplicates();
        assertThat(lines(Level.ERROR)).hasSize(1);
    }

    private static org.assertj.core.groups.Tuple tuple(Source source, Level level) {
        return org.assertj.core.groups.Tuple.tuple(source, level, "1.0.0");
    }

    @Test
    void aVersionThatDoesNotStartSaysWhyAndTheLogEndsWithThePlugin() {
        host.done(host.service.install(upload(jar("1.0.0", "", CALL))));
        Path broken = jar("2.0.0", "throw new IllegalStateException(\"no luck\");", CALL);
        host.failed(host.service.swap("talker", upload(broken)));

        assertThat(lines(Level.ERROR)).singleElement().satisfies(line -> {
            assertThat(line.version()).isEqualTo("2.0.0");
            assertThat(line.message()).contains("did not come into force", "no luck");
        });

        host.done(host.service.uninstall("talker", false));
        assertThatThrownBy(() -> lines(Level.ALL))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(PluginErrorCode.UNKNOWN_PLUGIN));
        host.done(host.service.install(upload(jar("1.0.0", "", CALL))));
        assertThat(lines(Level.ERROR)).isEmpty();
    }

    @Test
    void whoWritesMuchPushesOutItsOwnLinesAlone() {
        String many = "for (int i = 0; i < 3000; i++) context.logger().log(System.Logger.Level.INFO, \"line \" + i);"
                + " context.logger().log(System.Logger.Level.INFO, \"x\".repeat(100_000));"
                + " return ToolResult.of(new JsonString(\"said\"));";
        host.done(host.service.install(upload(jar("1.0.0", "", many))));
        call();

        assertThat(lines(Level.ALL))
                .hasSize(PluginLogs.MOST_OF_PLUGIN + 2)
                .allSatisfy(line -> assertThat(line.message().length()).isLessThanOrEqualTo(2_001));
        assertThat(lines(Level.ALL).getFirst().message()).contains("is being started");
        Line middle = lines(Level.ALL).get(100);
        Page<Line> newer =
                host.service.log("talker").find(new PluginLogs.Query(Level.ALL, middle.sequence(), Long.MAX_VALUE, 10));
        assertThat(newer.items()).hasSize(10).allMatch(line -> line.sequence() > middle.sequence());
        assertThat(newer.next()).contains(String.valueOf(newer.items().getLast().sequence()));

        PluginLogs.Log log = host.service.log("talker");
        assertThat(log.after(middle.sequence(), 1_000))
                .isEqualTo(lines(Level.ALL).subList(101, PluginLogs.MOST_OF_PLUGIN + 2));
        Line told = lines(Level.ALL).get(1);
        assertThat(log.after(told.sequence(), 2))
                .as("where lines are gone stands before those that are left")
                .extracting(PluginLogs.Entry::getClass)
                .isEqualTo(List.of(PluginLogs.Gone.class, Line.class));
        assertThat(log.after(1, 1_000))
                .filteredOn(PluginLogs.Gone.class::isInstance)
                .hasSize(1);
        assertThat(log.after(0, 1_000)).isEqualTo(lines(Level.ALL));
        assertThat(log.ended()).isFalse();
        host.done(host.service.uninstall("talker", false));
        assertThat(log.ended()).isTrue();
    }

    @Test
    void aVersionThatIsReplacedIsShownUntilWhoIsInsideHasLeft() {
        host.done(host.service.install(upload(jar("1.0.0", "", CALL))));
        Operation swap;
        try (var one = acquire(Optional.of("exe_1"));
                var two = acquire(Optional.of("exe_1"));
                var nobody = acquire(Optional.empty())) {
            assertThat(versions()).containsExactly("1.0.0 IN_FORCE 3 1");
            swap = host.service.swap("talker", upload(jar("1.1.0", "", CALL)));
            await().untilAsserted(
                            () -> assertThat(versions()).containsExactly("1.0.0 DRAINING 3 1", "1.1.0 IN_FORCE 0 0"));
            two.close();
            nobody.close();
            assertThat(versions()).first().isEqualTo("1.0.0 DRAINING 1 1");
            assertThat(one.plugin().version()).isEqualTo("1.0.0");
        }
        host.done(swap);
        assertThat(versions()).containsExactly("1.1.0 IN_FORCE 0 0");
        assertThat(lines(Level.ALL)).extracting(Line::message).contains("Version 1.0.0 is unloaded");

        host.done(host.service.disable("talker", false));
        assertThat(versions()).isEmpty();
    }

    private List<String> versions() {
        return host.service.require("talker").versions().stream()
                .map(one ->
                        one.plugin().version() + " " + one.phase() + " " + one.callsInFlight() + " " + one.executions())
                .toList();
    }

    private ExtensionHandle<Tool> acquire(Optional<String> execution) {
        return host.service
                .extensions()
                .acquire(Tool.class, "talker.say", execution)
                .orElseThrow();
    }

    private void call() {
        try (ExtensionHandle<Tool> handle = acquire(Optional.empty())) {
            assertThat(handle.extension()
                            .call(JsonObject.EMPTY, FakeCallContext.create())
                            .output()
                            .toString())
                    .contains("said");
        }
    }
}
