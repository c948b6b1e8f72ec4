package dev.agentos.smoketests;

import dev.agentos.smoketests.ScriptedOpenAi.Asked;
import dev.agentos.smoketests.ScriptedOpenAi.Said;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.SyntheticJar;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What strangers write, and what strangers want to be allowed. */
@Timeout(1_800)
class ConsoleHostileIT {

    @TempDir
    private Path directory;

    private static Said say(Asked asked) {
        return asked.body().contains("break")
                ? new Said(
                        400,
                        JsonObject.of("error", JsonObject.of("message", HostilePlugin.text()))
                                .toString())
                : Said.text(HostilePlugin.text());
    }

    private static SyntheticJar version(String version, String answer, PermissionRequest... requests) {
        return SyntheticJar.toolPlugin("file-tool", version, "file.say", answer).permissions(requests);
    }

    private static PermissionRequest asks(PermissionKind kind, Optional<String> target, String why) {
        return new PermissionRequest(new Permission(kind, target), why, false);
    }

    /** Three versions of a tool, each of which asks for more, and a plugin that needs it. */
    private Path files() throws Exception {
        Path files = Files.createDirectories(directory.resolve("files"));
        PermissionRequest net = asks(
                PermissionKind.NET_CONNECT,
                Optional.of("collector.example.com:443"),
                "sends what it is told elsewhere");
        PermissionRequest deep = asks(PermissionKind.REFLECT_DEEP, Optional.empty(), "looks into other classes");
        version("1.0.0", "one").writeTo(files, "one.jar");
        version("2.0.0", "two", net).writeTo(files, "two.jar");
        PermissionRequest memory = new PermissionRequest(
                new Permission(PermissionKind.NATIVE_MEMORY, Optional.empty()), "keeps much beside the heap", true);
        version("3.0.0", "three", net, deep, memory).writeTo(files, "three.jar");
        SyntheticJar.toolPlugin("user-tool", "1.0.0", "user.say", "used")
                .dependsOn("file-tool@>=1.0.0")
                .writeTo(files, "user.jar");
        Files.write(files.resolve("broken.jar"), SyntheticJar.notAnArchive());
        return files;
    }

    @Test
    void isShownAsTextAndAskedAboutFirst() throws Exception {
        BrowserScript.assumeBrowser();
        Path registry = HostilePlugin.registry(directory.resolve("registry"));
        try (ScriptedOpenAi models = new ScriptedOpenAi(ConsoleHostileIT::say);
                ServerProcess server = ServerProcess.start(directory.resolve("data"), "--registry-seed=" + registry)) {
            Api api = server.administrator();
            api.install("provider-openai");
            String path = "/api/v1/plugins/provider-openai";
            String etag = api.get(path).headers().firstValue("ETag").orElseThrow();
            api.succeeded(api.put(path + "/configuration", JsonObject.of("baseUrl", models.baseUrl()), "If-Match", etag)
                    .expect(202));
            api.put("/api/v1/policies/look-first", HostilePlugin.rule()).expect(200);
            BrowserScript.of("files").with("FILES", files()).run(server);
            BrowserScript.of("hostile").run(server);
        }
    }
}
