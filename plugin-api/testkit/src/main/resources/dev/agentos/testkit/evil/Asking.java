package asking;

import dev.agentos.spi.*;
import evil.Asked;
import java.util.*;

/** The tool by which a server is made to try a part of the ways; they are classes of a library that it embeds. */
@AgentOsExtension
public final class Asking implements Tool {
    @Override
    public ToolDescription description() {
        return new ToolDescription("evil.try", "For a test.", JsonObject.of("type", "object"), Effect.PURE);
    }

    @Override
    public ToolResult call(JsonObject arguments, CallContext call) {
        List<String> stopped = new ArrayList<>();
        List<String> other = new ArrayList<>();
        Map<String, String> outcomes;
        try {
            outcomes = Asked.run(arguments, call);
        } catch (LinkageError held) {
            return ToolResult.of(JsonObject.of("heldBack", String.valueOf(held)));
        }
        outcomes.forEach((probe, outcome) -> {
            if (outcome.startsWith("DENIED")) {
                stopped.add(probe);
            } else {
                other.add(probe + "\t" + outcome.substring(0, Math.min(300, outcome.length())));
            }
        });
        return ToolResult.of(JsonObject.of("stopped", stopped, "other", other));
    }
}
