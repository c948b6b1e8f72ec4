package dev.agentos.registryservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.registryservice.RegistryPeople.Right;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.tenancy.Principal;
import dev.agentos.verifier.SemanticVersion;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Releases that wait until somebody else of the registry has agreed. */
class PublishApprovalTest {

    private static final String ANN = "ann-publishes-with-this-token";
    private static final String BOB = "bob-reviews-with-this-token";
    private static final String EVE = "eve-does-both-with-this-token";
    private static final String PEOPLE = """
        # Who is who.
        ann publish        %s
        bob review         %s
        eve publish,review %s
        """.formatted(ANN, BOB, EVE);
    private static final String RULES = """
        rules: [{id: look, point: publish, effect: REQUIRE_APPROVAL, reason: Look twice., approval: {within: PT1H}}]
        """;

    @TempDir
    private Path temporary;

    private final HttpClient client = HttpClient.newHttpClient();
    private Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private final InstantSource clock = () -> now;
    private RegistryService service;
    private RegistryHttp http;

    @BeforeEach
    void start() throws IOException {
        open(RULES);
    }

    /** As a process that starts anew on the same directory. */
    private void open(String rules) throws IOException {
        if (http != null) {
            http.close();
        }
        Path policy = Files.writeString(temporary.resolve("policy.yaml"), rules);
        service = new RegistryService(
                temporary.resolve("registry"), clock, IndexSigning.USUAL, PublishRules.in(policy, clock));
        http = new RegistryHttp(
                service,
                new RegistryHttpConfig(
                        "127.0.0.1", 0, RegistryPeople.read(PEOPLE.lines().toList())));
    }

    @AfterEach
    void stop() {
        http.close();
        client.close();
    }

    private HttpResponse<String> send(String token, String path, HttpRequest.BodyPublisher body) throws Exception {
        return send(request(token, path).POST(body));
    }

    private HttpRequest.Builder request(String token, String path) {
        return HttpRequest.newBuilder(URI.create(http.address() + path)).header("Authorization", "Bearer " + token);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString(StandardCharsets.ISO_8859_1));
    }

    private HttpResponse<String> get(String token, String path) throws Exception {
        return send(request(token, path).GET());
    }

    private HttpResponse<String> publish(String token, Path jar) throws Exception {
        return send(token, "/v1/releases", BodyPublishers.ofFile(jar));
    }

    private HttpResponse<String> decide(String token, JsonObject asked, String how) throws Exception {
        JsonObject ballot = JsonObject.of("nonce", asked.text("nonce").orElseThrow(), "reason", "Looked at it.");
        return send(
                token,
                "/v1/approvals/" + asked.text("id").orElseThrow() + how,
                BodyPublishers.ofString(Json.write(ballot)));
    }

    private JsonObject waits(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        JsonObject asked = Json.parseObject(answer.body());
        assertThat(answer.headers().firstValue("Location"))
                .contains("/v1/approvals/" + asked.text("id").orElseThrow());
        assertThat(asked.text("state")).contains("PENDING");
        return asked;
    }

    private static void isProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(Json.parseObject(answer.body()).text("code")).contains(code);
    }

    private Path jar(String version, String payload) {
        return new PluginJar("alpha", version).payload(payload).writeTo(temporary);
    }

    private boolean published(String version) {
        return service.release("alpha", SemanticVersion.parse(version)).isPresent();
    }

    @Test
    void comesInWhenSomebodyElseHasAgreedAlsoAfterARestart() throws Exception {
        Path jar = jar("1.0.0", "one");
        JsonObject asked = waits(publish(ANN, jar));
        assertThat(published("1.0.0")).isFalse();
        assertThat(get(ANN, "/v1/listings/alpha").statusCode()).isEqualTo(404);
        String id = asked.text("id").orElseThrow();
        assertThat(waits(publish(ANN, jar)).text("id"))
                .as("the same is asked once")
                .contains(id);

        open(RULES);
        assertThat(Json.parseObject(get(BOB, "/v1/approvals?state=PENDING").body())
                        .array("items")
                        .orElseThrow()
                        .items())
                .containsExactly(Json.parse(get(BOB, "/v1/approvals/" + id).body()));
        HttpResponse<String> shown = get(BOB, "/v1/approvals/" + id + "/jar");
        assertThat(shown.body().getBytes(StandardCharsets.ISO_8859_1)).isEqualTo(Files.readAllBytes(jar));
        HttpResponse<String> agreed = decide(BOB, asked, "/approve");
        assertThat(agreed.statusCode()).as(agreed.body()).isEqualTo(200);
        JsonObject over = Json.parseObject(agreed.body());
        assertThat(over.text("state")).contains("APPROVED");
        assertThat(over.object("release").flatMap(release -> release.text("sha512")))
                .isEqualTo(asked.object("arguments").flatMap(arguments -> arguments.text("sha512")));
        assertThat(published("1.0.0")).isTrue();
        assertThat(temporary.resolve("registry/waiting")).isEmptyDirectory();
        isProblem(decide(BOB, asked, "/approve"), 409, "policy:APPROVAL_OVER");
        isProblem(get(BOB, "/v1/approvals/" + id + "/jar"), 404, "registry:RELEASE_NOT_FOUND");
        assertThat(publish(ANN, jar).statusCode()).as("the same again").isEqualTo(201);
    }

    @Test
    void nobodyAgreesToTheirOwnAndOnlyReviewersDecide() throws Exception {
        JsonObject asked = waits(publish(EVE, jar("1.0.0", "one")));
        isProblem(decide(EVE, asked, "/approve"), 403, "policy:SELF_APPROVAL");
        isProblem(decide(ANN, asked, "/approve"), 403, "registry:RIGHT_MISSING");
        isProblem(decide(ANN, asked, "/reject"), 404, "policy:UNKNOWN_APPROVAL");
        isProblem(decide("a-token-of-nobody-at-all", asked, "/approve"), 401, "registry:UNAUTHENTICATED");
        isProblem(publish(BOB, jar("2.0.0", "two")), 403, "registry:RIGHT_MISSING");
        String path = "/v1/approvals/" + asked.text("id").orElseThrow();
        isProblem(get(ANN, path), 404, "policy:UNKNOWN_APPROVAL");
        isProblem(get(BOB, "/v1/approvals/nothing"), 404, "policy:UNKNOWN_APPROVAL");
        assertThat(get(ANN, "/v1/approvals").body()).doesNotContain("apr_");
        isProblem(decide(BOB, asked.with("nonce", "of-something-else"), "/approve"), 409, "policy:APPROVAL_CHANGED");
        for (String body : List.of("", "[]", "{}", "{\"nonce\": 1}", "{\"nonce\": \"x\", \"arguments\": {}}")) {
            assertThat(send(BOB, path + "/approve", BodyPublishers.ofString(body))
                            .statusCode())
                    .as(body)
                    .isEqualTo(400);
        }
        isProblem(send(BOB, path + "/delegate", BodyPublishers.ofString("{}")), 404, "registry:UNKNOWN_RESOURCE");
        isProblem(get(BOB, "/v1/approvals?state=pending"), 400, "registry:INVALID_QUERY");
        assertThat(published("1.0.0")).isFalse();
        assertThat(decide(BOB, asked, "/approve").statusCode()).isEqualTo(200);
        assertThat(published("1.0.0")).isTrue();
    }

    @Test
    void whatIsRefusedOrForgottenDoesNotComeInAndCanBeAskedAgain() throws Exception {
        Path jar = jar("1.0.0", "one");
        JsonObject first = waits(publish(ANN, jar));
        assertThat(Json.parseObject(decide(BOB, first, "/reject").body()).text("state"))
                .contains("REJECTED");
        assertThat(temporary.resolve("registry/waiting")).isEmptyDirectory();
        JsonObject second = waits(publish(ANN, jar));
        assertThat(second.text("id")).isNotEqualTo(first.text("id"));
        now = now.plus(Duration.ofHours(2));
        isProblem(decide(BOB, second, "/approve"), 409, "policy:APPROVAL_OVER");
        service.waiting().sweep();
        assertThat(Json.parseObject(
                                get(ANN, "/v1/approvals/" + second.text("id").orElseThrow())
                                        .body())
                        .text("state"))
                .contains("EXPIRED");
        assertThat(temporary.resolve("registry/waiting")).isEmptyDirectory();
        JsonObject third = waits(publish(ANN, jar));
        assertThat(decide(ANN, third, "/reject").statusCode())
                .as("who wants it may take it back")
                .isEqualTo(200);
        assertThat(published("1.0.0")).isFalse();
    }

    @Test
    void whatAStopHasCutShortGoesOn() throws Exception {
        JsonObject asked = waits(publish(ANN, jar("1.0.0", "one")));
        // As a process that ends between the decision and what follows from it.
        Approvals alone = new Approvals(
                new FileApprovalStore(new RegistryDirectory(temporary.resolve("registry"))), Ids.system(), clock);
        alone.onDecision(approval -> false);
        alone.approve(
                Optional.empty(),
                asked.text("id").orElseThrow(),
                new Approvals.Ballot(
                        new Principal("bob", "bob", Optional.empty(), Set.of()),
                        asked.text("nonce").orElseThrow(),
                        Optional.empty()),
                Optional.empty());
        assertThat(published("1.0.0")).isFalse();
        open(RULES);
        service.waiting().sweep();
        assertThat(published("1.0.0")).isTrue();
        assertThat(temporary.resolve("registry/waiting")).isEmptyDirectory();
    }

    @Test
    void whatIsAgreedToIsThisReleaseAsItWasThen() throws Exception {
        JsonObject asked = waits(publish(ANN, jar("1.1.0", "one")));
        open(RULES.replace("[{", "[{when: \"plugin.version == '1.1.0'\", "));
        assertThat(publish(ANN, jar("1.0.0", "nobody is asked")).statusCode()).isEqualTo(201);
        JsonObject over = Json.parseObject(decide(BOB, asked, "/approve").body());
        assertThat(over.text("state")).contains("APPROVED");
        assertThat(over.member("release")).as("another version came before").isEmpty();
        JsonObject anew = (JsonObject)
                Json.parseObject(get(BOB, "/v1/approvals?state=PENDING").body())
                        .array("items")
                        .orElseThrow()
                        .items()
                        .getFirst();
        assertThat(anew.text("startedBy")).contains("ann");
        assertThat(Json.write(anew)).contains("\"previous\":\"1.0.0\"");

        open("rules: [{id: never, point: publish, effect: DENY, reason: Not any more.}]");
        JsonObject denied = Json.parseObject(decide(BOB, anew, "/approve").body());
        assertThat(denied.object("failure").flatMap(why -> why.text("code"))).contains("policy:DENIED");
        assertThat(published("1.1.0")).isFalse();
        assertThat(temporary.resolve("registry/waiting")).isEmptyDirectory();
    }

    @Test
    void aRuleThatWantsMorePeopleMeanwhileIsMet() throws Exception {
        JsonObject asked = waits(publish(ANN, jar("1.0.0", "one")));
        open(RULES.replace("within: PT1H", "people: 2"));
        assertThat(Json.parseObject(decide(BOB, asked, "/approve").body()).text("state"))
                .contains("APPROVED");
        assertThat(published("1.0.0")).isFalse();
        JsonObject second = (JsonObject)
                Json.parseObject(get(BOB, "/v1/approvals?state=PENDING").body())
                        .array("items")
                        .orElseThrow()
                        .items()
                        .getFirst();
        assertThat(second.text("id")).isNotEqualTo(asked.text("id"));
        JsonObject half = Json.parseObject(decide(BOB, second, "/approve").body());
        assertThat(published("1.0.0")).isFalse();
        assertThat(Json.parseObject(decide(EVE, half, "/approve").body()).text("state"))
                .contains("APPROVED");
        assertThat(published("1.0.0")).isTrue();
    }

    @Test
    void anotherFileThanWasAgreedToDoesNotComeIn() throws Exception {
        JsonObject asked = waits(publish(ANN, jar("1.0.0", "one")));
        Path kept = temporary
                .resolve("registry/waiting")
                .resolve(asked.object("arguments")
                                .flatMap(arguments -> arguments.text("sha512"))
                                .orElseThrow()
                        + ".jar");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept.getParent())))
                .isEqualTo("rwx------");
        Files.copy(jar("1.0.0", "evil"), kept, StandardCopyOption.REPLACE_EXISTING);
        JsonObject over = Json.parseObject(decide(BOB, asked, "/approve").body());
        assertThat(over.object("failure").flatMap(why -> why.text("code"))).contains("registry:DIGEST_MISMATCH");
        assertThat(published("1.0.0")).isFalse();
    }

    @Test
    void severalHaveToAgreeWhereTheRuleSaysSo() throws Exception {
        open(RULES.replace("within: PT1H", "people: 2"));
        JsonObject asked = waits(publish(ANN, jar("1.0.0", "one")));
        JsonObject half = Json.parseObject(decide(BOB, asked, "/approve").body());
        assertThat(half.text("state")).contains("PENDING");
        assertThat(Json.parseObject(decide(BOB, half, "/approve").body()).text("state"))
                .as("the same one twice")
                .contains("PENDING");
        JsonObject seen = Json.parseObject(
                get(EVE, "/v1/approvals/" + asked.text("id").orElseThrow()).body());
        assertThat(Json.parseObject(decide(EVE, seen, "/approve").body()).text("state"))
                .contains("APPROVED");
        assertThat(published("1.0.0")).isTrue();
    }

    @Test
    void oneOfManyDecisionsAtOnceCounts() throws Exception {
        JsonObject asked = waits(publish(ANN, jar("1.0.0", "one")));
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Callable<Integer>> decisions = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                String how = i % 2 == 0 ? "/approve" : "/reject";
                decisions.add(() -> decide(BOB, asked, how).statusCode());
            }
            List<Integer> statuses = new ArrayList<>();
            for (Future<Integer> decision : threads.invokeAll(decisions)) {
                statuses.add(decision.get());
            }
            assertThat(statuses).containsOnly(200, 409).containsOnlyOnce(200);
        }
        Approval over = service.waiting()
                .find(asked.text("id").orElseThrow())
                .orElseThrow()
                .approval();
        assertThat(published("1.0.0")).isEqualTo(over.state() == Approval.State.APPROVED);
    }

    @Test
    void rulesThatNobodyCouldAnswerAreRefused() throws Exception {
        Path policy = temporary.resolve("wrong.yaml");
        Files.writeString(policy, RULES.replace("within: PT1H", "chain: [owner]"));
        assertThatThrownBy(() -> PublishRules.in(policy, clock))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("'look' names roles or groups");
        Files.writeString(policy, RULES);
        PublishRules rules = PublishRules.in(policy, clock);
        assertThatThrownBy(() -> rules.requirePeople(0)).hasMessageContaining("wants 1 to agree");
        rules.requirePeople(1);
        Files.writeString(policy, RULES.replace("reason:", "mode: dry-run, reason:"));
        PublishRules.in(policy, clock).requirePeople(0);
        assertThat(PublishMain.run(
                        new String[] {
                            "--registry-dir",
                            temporary.resolve("other").toString(),
                            "--policy",
                            Files.writeString(policy, RULES).toString(),
                            jar("1.0.0", "one").toString()
                        },
                        System.out,
                        System.err))
                .isEqualTo(1);
    }

    @Test
    void peopleAreTold() {
        RegistryPeople people = RegistryPeople.read(PEOPLE.lines().toList());
        assertThat(people.of(EVE).orElseThrow().rights()).containsExactlyInAnyOrder(Right.PUBLISH, Right.REVIEW);
        assertThat(people.of("")).isEmpty();
        assertThat(people.reviewers()).isEqualTo(2);
        assertThat(people.toString()).doesNotContain(ANN, BOB, EVE);
        for (String wrong : List.of(
                "ann publish short",
                "ann publish",
                "Ann publish " + ANN,
                "ann rule " + ANN,
                "publisher publish " + ANN,
                "ann publish %s\nbob review %s".formatted(ANN, ANN),
                "ann publish %s\nann review %s".formatted(ANN, BOB))) {
            assertThatThrownBy(() -> RegistryPeople.read(wrong.lines().toList()))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining(ANN);
        }
        assertThatThrownBy(() -> RegistryPeople.publisher(ANN).and(people)).hasMessageContaining("'ann'");
    }
}
