package dev.agentos.testkit;

import dev.agentos.spi.JsonString;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** A plugin whose one model is a {@link ScriptedModel}. */
final class ScriptedProvider {

    private static final String SOURCE = """
        package scripted;

        import dev.agentos.spi.*;
        import dev.agentos.testkit.ScriptedModel;
        import java.util.List;

        @AgentOsExtension
        public final class Provider implements ModelProvider {
            private final ScriptedModel model = ScriptedModel.named("scripted");

            public Provider() {
                for (String text : List.<String>of(%s)) {
                    model.answers(text);
                }
            }

            @Override
            public String provider() {
                return model.provider();
            }

            @Override
            public List<ModelDescription> models() {
                return model.models();
            }

            @Override
            public ChatResponse chat(ChatRequest request, ChatListener listener, CallContext call) {
                return model.chat(request, listener, call);
            }
        }
        """;

    private ScriptedProvider() {}

    static Path jar(Path folder, List<String> answers) {
        // The escapes of JSON strings are escapes of Java as well.
        String texts =
                answers.stream().map(text -> new JsonString(text).toString()).collect(Collectors.joining(", "));
        return SyntheticJar.plugin("scripted-provider", "1.0.0")
                .kind("provider")
                .compiledAgainst(SourceCompiler.locationOf(ScriptedModel.class))
                .entry("dev/agentos/testkit/ScriptedModel.class", classFile())
                .extension("scripted.Provider", SOURCE.formatted(texts))
                .writeTo(folder);
    }

    private static byte[] classFile() {
        try (InputStream in = ScriptedModel.class.getResourceAsStream("ScriptedModel.class")) {
            if (in == null) {
                throw new IllegalStateException("The class file of the scripted model is not there");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
