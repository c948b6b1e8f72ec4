package dev.agentos.agents;

import dev.agentos.invocation.Invocation;
import dev.agentos.invocation.InvocationErrorCode;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds what a node's settings name and no installed plugin offers, before a graph is stored that would fail. */
final class Offers {

    private Offers() {}

    /** A fault for each of {@code tool}, {@code tools} and {@code model} that is not there. */
    static List<Fault> missing(Invocation invocation, JsonObject config) {
        List<Fault> faults = new ArrayList<>();
        config.text("tool")
                .flatMap(name -> tool(invocation, "/config/tool", name))
                .ifPresent(faults::add);
        JsonArray tools = config.array("tools").orElse(JsonArray.EMPTY);
        for (int i = 0; i < tools.size(); i++) {
            if (tools.items().get(i) instanceof JsonString(String name)) {
                tool(invocation, "/config/tools/" + i, name).ifPresent(faults::add);
            }
        }
        config.text("model").flatMap(name -> model(invocation, name)).ifPresent(faults::add);
        return faults;
    }

    private static Optional<Fault> tool(Invocation invocation, String pointer, String name) {
        return offered(invocation.tools(), name)
                ? Optional.empty()
                : Optional.of(new Fault(
                        pointer,
                        InvocationErrorCode.UNKNOWN_TOOL.code(),
                        "There is no tool '" + name + "'. Install or start the plugin that offers it, or see what"
                                + " there is: GET /api/v1/tools."));
    }

    private static Optional<Fault> model(Invocation invocation, String name) {
        String provider = name.substring(0, Math.max(0, name.indexOf('/')));
        return offered(invocation.models(), provider)
                ? Optional.empty()
                : Optional.of(new Fault(
                        "/config/model",
                        InvocationErrorCode.UNKNOWN_MODEL.code(),
                        "No provider offers a model '" + name + "'. A model is named provider/model; install or start"
                                + " the provider's plugin, or see what there is: GET /api/v1/models."));
    }

    private static boolean offered(List<ExtensionListing> listings, String name) {
        return listings.stream()
                .anyMatch(listing -> listing.description().name().equals(name));
    }
}
