package dev.agentos.cli.access;

import dev.agentos.spi.JsonObject;
import java.util.List;
import picocli.CommandLine.Option;

/** To which agents and graphs somebody is confined, as the commands take it that make keys, users and groups. */
public final class AgentOption {

    @Option(
            names = "--agent",
            split = ",",
            paramLabel = "NAME",
            description =
                    "Confine it to this agent (pack/agent), all of a pack (pack/*) or this graph; may be repeated;"
                            + " '*' for all.")
    private List<String> names = List.of();

    /** The request with what was said of it. */
    public JsonObject in(JsonObject request) {
        return names.isEmpty() ? request : request.with("agents", names);
    }
}
