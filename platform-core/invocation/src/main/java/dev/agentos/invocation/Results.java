package dev.agentos.invocation;

import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.NodeOutput;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks what reducers and nodes of plugins return, on the plugin's thread and against its deadline. */
final class Results {

    private static final int LARGEST = 4 << 20;
    private static final int DEEPEST = 200;

    private Results() {}

    /** The value, when it is small, shallow and of its schema; nothing stays nothing, which the caller refuses. */
    static @Nullable JsonValue checked(ExtensionListing.OfReducer reducer, @Nullable JsonValue value) {
        if (value == null) {
            return null;
        }
        if (size(value, DEEPEST) > LARGEST) {
            throw invalid("more than " + LARGEST + " bytes");
        }
        List<Fault> faults = Schemas.check(reducer.valueSchema(), value, "");
        if (!faults.isEmpty()) {
            throw invalid("a value that its schema does not allow, at '"
                    + faults.getFirst().pointer() + "': " + faults.getFirst().message());
        }
        return value;
    }

    /** What a node came to, when what it asks can be answered; nothing stays nothing. */
    static @Nullable NodeOutput checked(@Nullable NodeOutput output) {
        if (output != null) {
            for (NodeOutput.Question question : output.questions()) {
                question.schema()
                        .flatMap(schema -> Schemas.unusable(schema).stream().findFirst())
                        .ifPresent(fault -> {
                            throw invalid("the question '" + question.id() + "', whose schema is none, at '"
                                    + fault.pointer() + "': " + fault.message());
                        });
            }
        }
        return output;
    }

    private static long size(JsonValue value, int levels) {
        if (levels == 0) {
            throw invalid("a value that is nested more than " + DEEPEST + " deep");
        }
        return switch (value) {
            case JsonString(String text) -> text.length() + 2L;
            case JsonArray array -> {
                long size = 2;
                for (JsonValue item : array) {
                    size += size(item, levels - 1) + 1;
                    if (size > LARGEST) {
                        break;
                    }
                }
                yield size;
            }
            case JsonObject object -> {
                long size = 2;
                for (var member : object.members().entrySet()) {
                    size += member.getKey().length() + 4 + size(member.getValue(), levels - 1);
                    if (size > LARGEST) {
                        break;
                    }
                }
                yield size;
            }
            default -> value.toString().length();
        };
    }

    private static AgentOsException invalid(String what) {
        return new AgentOsException(
                InvocationErrorCode.INVALID_RESULT, "It came to " + what, "Report it to the plugin's author.");
    }
}
