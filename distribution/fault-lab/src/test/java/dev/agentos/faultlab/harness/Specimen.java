package dev.agentos.faultlab.harness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Json;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A graph of the zoo, from a file of {@code zoo} on the class path: what goes in, what a person answers, and how it
 * must end whatever happens on the way.
 *
 * @param graph as it is deployed; a workflow has steps instead of nodes
 * @param before the inputs of executions that come before it in a session; without any there is no session
 * @param input for its channels
 * @param configuration of the execution
 * @param answers for each node that asks, its answers in order
 * @param end {@code state}, and {@code output} (the channels that matter) or {@code failure} (its code)
 * @param or another {@code state} with one of some {@code failures} that is allowed {@code because} of something
 * @param requires node types without which it cannot be tried
 */
public record Specimen(
        JsonObject graph,
        List<JsonObject> before,
        JsonObject input,
        JsonObject configuration,
        JsonObject answers,
        JsonObject end,
        Optional<JsonObject> or,
        List<String> requires) {

    /** All of them, by name. */
    public static List<Specimen> all() {
        try (Stream<Path> files =
                Files.list(Path.of(Specimen.class.getResource("/zoo").toURI()))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(Specimen::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Specimen read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            JsonObject json = Json.parseObject(in);
            return new Specimen(
                    json.object("graph").orElseThrow(),
                    json.array("before").orElse(JsonArray.EMPTY).items().stream()
                            .map(JsonObject.class::cast)
                            .toList(),
                    json.object("input").orElse(JsonObject.EMPTY),
                    json.object("configuration").orElse(JsonObject.EMPTY),
                    json.object("answers").orElse(JsonObject.EMPTY),
                    json.object("end").orElseThrow(),
                    json.object("or"),
                    json.array("requires").orElse(JsonArray.EMPTY).items().stream()
                            .map(Object::toString)
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The graph's name, or the workflow's. */
    public String name() {
        return graph.object("metadata").orElse(graph).text("name").orElseThrow();
    }

    /** What is sent to start it, in order; what comes before it in its session is the first. */
    List<JsonObject> requests(String graphId) {
        if (before.isEmpty()) {
            return List.of(request(graphId, input));
        }
        JsonObject session = JsonObject.of("session", Ids.system().next("zoo"), "whenBusy", "enqueue");
        return Stream.concat(before.stream(), Stream.of(input))
                .map(one -> request(graphId, one).overlaidBy(session))
                .toList();
    }

    private JsonObject request(String graphId, JsonObject given) {
        return JsonObject.of("graph", graphId, "input", given, "config", configuration);
    }

    /** The n-th answer to a node, from 0. */
    Optional<JsonValue> answer(String node, int number) {
        return answers.array(node)
                .filter(given -> number < given.size())
                .map(given -> given.items().get(number));
    }

    /** Fails unless an execution has ended as it must, or as it may. */
    public void check(JsonObject execution) {
        boolean other = or.isPresent()
                && execution.text("state").equals(or.get().text("state"))
                && failure(execution)
                        .member("code")
                        .filter(or.get().array("failures").orElseThrow().items()::contains)
                        .isPresent();
        if (!other) {
            check(execution, end);
        }
    }

    private static JsonObject failure(JsonObject execution) {
        return execution.object("failure").orElse(JsonObject.EMPTY);
    }

    private void check(JsonObject execution, JsonObject wanted) {
        String seen = name() + ": " + execution;
        assertThat(execution.text("state")).as(seen).isEqualTo(wanted.text("state"));
        assertThat(failure(execution).text("code")).as(seen).isEqualTo(wanted.text("failure"));
        JsonObject output = execution.object("output").orElse(JsonObject.EMPTY);
        wanted.object("output")
                .orElse(JsonObject.EMPTY)
                .members()
                .forEach((channel, value) ->
                        assertThat(output.member(channel)).as(seen).contains(value));
    }

    @Override
    public String toString() {
        return name();
    }
}
