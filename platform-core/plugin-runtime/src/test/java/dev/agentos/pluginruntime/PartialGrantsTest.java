package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Revisions;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.spi.Tool;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** A part of what a plugin declares may be granted instead of all of it. */
class PartialGrantsTest extends HostedTest {

    private static final String ALL = "net.connect *.example.com:443";
    private static final Permission API = Permission.parse("net.connect api.example.com:443");
    private static final Permission WWW = Permission.parse("net.connect www.example.com:443");
    private static final Permission OTHER = Permission.parse("net.connect api.example.org:443");

    @Test
    void thePluginRunsWithThePartAndNoMore() {
        host.done(host.service.install(accepting("1.0.0", ALL, API)));
        assertThat(granted()).containsExactly(API);
        assertThat(allows(API)).isTrue();
        assertThat(allows(WWW)).isFalse();

        host.close();
        host = new PluginHost(folder.resolve("data"), host.plugins);
        assertThat(granted()).as("after a restart").containsExactly(API);
        assertThat(allows(WWW)).isFalse();

        host.done(host.service.grant("echo", InstalledPlugin.ANY, Consent.of(Set.of(API, WWW)), Optional.empty()));
        assertThat(granted()).containsExactly(API, WWW);
        assertThat(allows(WWW)).isTrue();

        host.done(host.service.grant(
                "echo", InstalledPlugin.ANY, Consent.of(Set.of(Permission.parse(ALL))), Optional.empty()));
        assertThat(granted()).containsExactly(Permission.parse(ALL));
    }

    /** A server asks before it answers, and again of what it changes: somebody may have come in between. */
    @Test
    void whatIsNotAsItWasSeenStaysAsItIs() {
        host.done(host.service.install(accepting("1.0.0", ALL, API)));
        AtomicInteger asked = new AtomicInteger();
        Failure overtaken = host.failed(host.service.grant(
                "echo",
                row -> {
                    assertThat(row.release().grants()).containsExactly(API);
                    if (asked.incrementAndGet() == 2) {
                        throw Revisions.changed("The plugin");
                    }
                },
                Consent.of(Set.of(API, WWW)),
                Optional.empty()));
        assertThat(overtaken.code()).isEqualTo("server:PRECONDITION_FAILED");
        assertThat(granted()).containsExactly(API);
        Consumer<InstalledPlugin> never = row -> {
            throw Revisions.changed("The plugin");
        };
        for (ThrowingCallable change : List.<ThrowingCallable>of(
                () -> host.service.grant("echo", never, Consent.of(Set.of(API)), Optional.empty()),
                () -> host.service.isolate("echo", never, true),
                () -> host.service.configure("echo", never, JsonObject.EMPTY))) {
            assertThatThrownBy(change).hasMessageContaining("was changed since it was read");
        }
    }

    @Test
    void whatIsNotDeclaredIsNoPart() {
        Failure nothing = host.failed(host.service.install(accepting("1.0.0", ALL, OTHER)));
        assertThat(nothing.code()).isEqualTo("plugin:CONSENT_REQUIRED");
        assertThat(nothing.message()).contains(ALL);

        host.done(host.service.install(accepting("1.0.0", ALL, API, OTHER)));
        assertThat(granted()).containsExactly(API);
        assertThat(allows(OTHER)).isFalse();
    }

    /** What was all that the version before declared may be a part of what the next one does. */
    @Test
    void anUpdateThatDeclaresMoreAsksForIt() {
        host.done(host.service.install(accepting("1.0.0", API.toString(), API)));

        Failure more = host.failed(host.service.swap("echo", accepting("1.1.0", ALL)));
        assertThat(more.code()).isEqualTo("plugin:CONSENT_REQUIRED");
        assertThat(host.service.find("echo").orElseThrow().plugin().version()).isEqualTo("1.0.0");

        host.done(host.service.swap("echo", accepting("1.1.0", ALL, API)));
        assertThat(granted()).containsExactly(API);
        assertThat(allows(WWW)).isFalse();
    }

    private InstallRequest accepting(String version, String declared, Permission... accepted) {
        Path jar = SyntheticJar.toolPlugin("echo", version, "echo.say", version)
                .permissions(new PermissionRequest(Permission.parse(declared), "to ask", false))
                .writeTo(folder, "echo-" + version + ".jar");
        return new InstallRequest(new InstallRequest.Upload(jar), Consent.of(Set.of(accepted)));
    }

    private List<Permission> granted() {
        return host.service.permissions("echo").getFirst().grants();
    }

    private boolean allows(Permission act) {
        try (ExtensionHandle<Tool> handle =
                host.service.extensions().acquire(Tool.class, "echo.say").orElseThrow()) {
            return handle.grants().allows(act);
        }
    }
}
