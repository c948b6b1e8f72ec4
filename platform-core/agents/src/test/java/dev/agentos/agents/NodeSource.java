package dev.agentos.agents;

/** The source of a node type of a synthetic plugin, in the package {@code synthetic}. */
final class NodeSource {

    private NodeSource() {}

    /**
     * The source.
     *
     * @param type the class's name
     * @param name the node type's, as in {@code bench.twice}
     * @param effect as the enum writes it
     * @param body of {@code run(NodeInput input, CallContext call)}
     */
    static String of(String type, String name, String effect, String body) {
        return """
            package synthetic;

            import dev.agentos.spi.*;
            import java.util.*;

            @AgentOsExtension
            public final class @TYPE@ implements NodeType {
                @Override
                public String type() {
                    return "@NAME@";
                }

                @Override
                public String description() {
                    return "For tests.";
                }

                @Override
                public JsonObject configurationSchema() {
                    return JsonObject.of("type", "object");
                }

                @Override
                public Effect effect() {
                    return Effect.@EFFECT@;
                }

                @Override
                public NodeOutput run(NodeInput input, CallContext call) {
                    @BODY@
                }
            }
            """.replace("@TYPE@", type)
                .replace("@NAME@", name)
                .replace("@EFFECT@", effect)
                .replace("@BODY@", body);
    }
}
