package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.agentos.redis.RedisProcess;
import dev.agentos.spi.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A server whose rate limits a real Redis counts: limits hold with it, without it, and when it is back. */
@ExtendWith(RedisProcess.Condition.class)
class RedisIT {

    @TempDir
    Path directory;

    @Test
    void limitsHoldWhetherRedisIsThereOrNot() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                ServerProcess server = ServerProcess.start(
                        directory.resolve("data"), "--rate-limit-redis=redis://127.0.0.1:" + redis.port())) {
            Api administrator = server.administrator();
            Api caller = server.as(administrator
                    .post("/api/v1/api-keys", JsonObject.of("name", "caller", "scopes", List.of("executions:read")))
                    .expect(201)
                    .text("secret")
                    .orElseThrow());
            limit(administrator);
            assertThat(passed(caller)).isEqualTo(5);
            assertThat(impaired(caller)).isFalse();

            redis.kill();
            await().atMost(Duration.ofSeconds(10)).until(() -> impaired(caller));
            assertThat(passed(caller))
                    .as("the server knows that the window is used up")
                    .isZero();
            administrator.delete("/api/v1/rate-limits/key", "If-Match", "*").expect(204);
            limit(administrator);
            assertThat(caller.get("/readyz").expect(200).text("impaired"))
                    .hasValueSatisfying(
                            said -> assertThat(said).contains("Redis").doesNotContain("127.0.0.1"));
            assertThat(passed(server.as(another(administrator))))
                    .as("the database counts for who comes now")
                    .isEqualTo(5);

            redis.restart();
            await().atMost(Duration.ofSeconds(10)).until(() -> !impaired(caller));
            assertThat(passed(server.as(another(administrator)))).isEqualTo(5);
            assertThat(server.output()).contains("Redis does not count for rate limits", "Redis answers again");
        }
    }

    @Test
    void aServerStartsWithoutTheRedisThatItShouldHave() throws Exception {
        int nobody;
        try (RedisProcess redis = RedisProcess.start()) {
            nobody = redis.port();
        }
        try (ServerProcess server =
                ServerProcess.start(directory.resolve("data"), "--rate-limit-redis=redis://127.0.0.1:" + nobody)) {
            await().atMost(Duration.ofSeconds(10)).until(() -> impaired(server.administrator()));
        }
        ServerProcess.Refusal refusal =
                ServerProcess.startRefused(List.of("--rate-limit-redis=redis://:sesame@127.0.0.1"));
        assertThat(refusal.output()).contains("rate-limit-redis").doesNotContain("sesame");
    }

    private static void limit(Api administrator) {
        administrator
                .put("/api/v1/rate-limits/key", JsonObject.of("requests", 5, "window", "PT10M", "even", false))
                .expect(200);
    }

    private static String another(Api administrator) {
        return administrator
                .post("/api/v1/api-keys", JsonObject.of("name", "another", "scopes", List.of("executions:read")))
                .expect(201)
                .text("secret")
                .orElseThrow();
    }

    private static int passed(Api caller) {
        int passed = 0;
        for (int i = 0; i < 10; i++) {
            int status = caller.get("/api/v1/executions").status();
            assertThat(status).isIn(200, 429);
            passed += status == 200 ? 1 : 0;
        }
        return passed;
    }

    private static boolean impaired(Api caller) {
        return caller.get("/readyz").expect(200).text("impaired").isPresent();
    }
}
