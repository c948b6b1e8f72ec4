package dev.agentos.benchmarks;

import dev.agentos.spi.AgentOsExtension;
import dev.agentos.spi.CallContext;
import dev.agentos.spi.ChatListener;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.ChatResponse;
import dev.agentos.spi.Effect;
import dev.agentos.spi.FinishReason;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Message;
import dev.agentos.spi.ModelDescription;
import dev.agentos.spi.ModelProvider;
import dev.agentos.spi.PluginContext;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolDescription;
import dev.agentos.spi.ToolResult;
import dev.agentos.spi.Usage;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The plugin of the guard's benchmark: a tool and a model that answer at once, and files that it may read. */
@AgentOsExtension
public final class GuardProbe implements Tool, ModelProvider {

    static final String TOOL = "guard-probe.open";
    static final String MODEL = "guard-probe/echo";
    static final String OPENS = "opens";
    static final String STREAM = "stream";
    private static final int DEPTH = 50;
    private static final String FILE = "file.txt";

    private String file = "";

    @Override
    public void start(PluginContext context) {
        Path path = context.dataFolder().resolve(FILE);
        try {
            Files.writeString(path, FILE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        file = path.toString();
    }

    @Override
    public ToolDescription description() {
        return new ToolDescription(
                TOOL, "Opens a file so often, and says how many ns it took.", JsonObject.EMPTY, Effect.PURE);
    }

    @Override
    public ToolResult call(JsonObject arguments, CallContext call) {
        int opens =
                arguments.number(OPENS).map(number -> number.value().intValue()).orElse(0);
        boolean stream = arguments.bool(STREAM).orElse(false);
        return ToolResult.of(JsonNumber.of(nanos(file, opens, stream)));
    }

    /** Opens a file that often, fifty calls deep, and returns what it took. */
    static long nanos(String file, int opens, boolean stream) {
        long began = System.nanoTime();
        for (int i = 0; i < opens; i++) {
            below(file, stream, DEPTH);
        }
        return System.nanoTime() - began;
    }

    private static void below(String file, boolean stream, int deeper) {
        if (deeper > 0) {
            below(file, stream, deeper - 1);
            return;
        }
        try (var in = stream ? new FileInputStream(file) : Files.newInputStream(Path.of(file))) {
            in.available();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String provider() {
        return "guard-probe";
    }

    @Override
    public List<ModelDescription> models() {
        return List.of(new ModelDescription("echo", "Answers at once.", 0, false));
    }

    @Override
    public ChatResponse chat(ChatRequest request, ChatListener listener, CallContext call) {
        listener.onText("done");
        return new ChatResponse(Message.Assistant.of("done"), Usage.NONE, FinishReason.STOP);
    }
}
