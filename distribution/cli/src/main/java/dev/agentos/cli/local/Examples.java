package dev.agentos.cli.local;

import java.net.URI;
import java.util.List;

/** The requests that a newcomer is shown; each works when it is pasted, in this order. */
final class Examples {
    static final String PACK = "pack-research";
    static final String PROVIDER = "provider-local";
    static final String TENANT = "default";
    static final String AGENT = "pack-research/research";

    private Examples() {}

    static List<String> curlLines(URI address, String curl, String tenant, String json) {
        var api = address + "/api/v1";
        return List.of(
                "for plugin in " + PROVIDER + " " + PACK + "; do " + curl + json + " " + api
                        + "/plugins -d \"{\\\"listing\\\":\\\"$plugin\\\""
                        + ",\\\"acceptAll\\\":true,\\\"acceptCritical\\\":true}\"; echo; done",
                curl.replace("-sS", "-sf") + tenant + json + " --retry 60 --retry-delay 1 --retry-all-errors -X PUT "
                        + api + "/tenants/self/packs/" + PACK + " -d '{}'",
                curl + tenant + json + " -H 'Prefer: wait=60' " + api + "/executions -d '{\"agent\":\"" + AGENT
                        + "\",\"input\":{\"question\":\"What is kept when the server is"
                        + " killed?\",\"documents\":[{\"name\":\"note.md\",\"text\":\"Each step is kept in a"
                        + " checkpoint. A killed server goes on from the last one.\"}]}}'");
    }
}
