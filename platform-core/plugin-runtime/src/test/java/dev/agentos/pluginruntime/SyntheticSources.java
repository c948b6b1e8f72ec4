package dev.agentos.pluginruntime;

/** Sources of extensions that misbehave. */
public final class SyntheticSources {

    private SyntheticSources() {}

    /** {@code synthetic.Slow}: a tool whose start does that. */
    public static String starting(String tool, String statements) {
        return tool("Slow", tool, statements, "return ToolResult.of(new JsonString(\"ok\"));");
    }

    /** A tool {@code synthetic.Clinging} whose stop does that. */
    public static String stopping(String tool, String statements) {
        String source = tool("Clinging", tool, "", "return ToolResult.of(new JsonString(\"ok\"));");
        return source.substring(0, source.lastIndexOf('}')) + """
                @Override
                public void stop() {
                    %s
                }
            }
            """.formatted(statements);
    }

    /** A tool of that class name in package {@code synthetic}, whose start and call do that. */
    public static String tool(String className, String tool, String start, String call) {
        return """
            package synthetic;

            import dev.agentos.spi.*;
            import java.util.*;

            @AgentOsExtension
            public final class %s implements Tool {
                private PluginContext context;

                @Override
                public void start(PluginContext context) {
                    this.context = context;
                    try {
                        %s
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    } finally {
                        if (System.nanoTime() == 0) Thread.yield();
                    }
                }

                @Override
                public ToolDescription description() {
                    return new ToolDescription("%s", "For a test.", JsonObject.of("type", "object"), Effect.PURE);
                }

                @Override
                public ToolResult call(JsonObject arguments, CallContext call) {
                    %s
                }
            }
            """.formatted(className, "if (false) throw new InterruptedException(); " + start, tool, call);
    }
}
