package dev.agentos.smoketests;

import dev.agentos.smoketests.ScriptedOpenAi.Asked;
import dev.agentos.smoketests.ScriptedOpenAi.Said;
import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The research agent of a tenant, whose model says one word after the other and stops in the middle when it is told to.
 */
final class SlowResearch {

    private static final String WORDS =
            IntStream.rangeClosed(1, 40).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));

    private SlowResearch() {}

    /** A model that speaks slowly. */
    static ScriptedOpenAi model() throws IOException {
        return new ScriptedOpenAi(SlowResearch::say);
    }

    private static Said say(Asked asked) {
        return Said.slowly(WORDS + " [p1].", Duration.ofMillis(20));
    }

    /** Levers by which a script in a browser stops the model in the middle of what it says, and lets it go on. */
    static Levers levers(ScriptedOpenAi model) throws IOException {
        return new Levers()
                .with("hush", told -> {
                    model.hush(true);
                    return "";
                })
                .with("speak", told -> {
                    model.hush(false);
                    return "";
                });
    }

    /** Installs what the agent needs, and enables it for the administrator's tenant with that model. */
    static void install(Api api, ScriptedOpenAi model) {
        api.install("provider-local");
        api.install("pack-research");
        api.install("provider-openai");
        String path = "/api/v1/plugins/provider-openai";
        String etag = api.get(path).headers().firstValue("ETag").orElseThrow();
        api.succeeded(api.put(path + "/configuration", JsonObject.of("baseUrl", model.baseUrl()), "If-Match", etag)
                .expect(202));
        api.put(
                        "/api/v1/tenants/self/packs/pack-research",
                        JsonObject.of("configuration", JsonObject.of("model", "openai/slow")),
                        "If-Match",
                        "*")
                .expect(200);
    }
}
