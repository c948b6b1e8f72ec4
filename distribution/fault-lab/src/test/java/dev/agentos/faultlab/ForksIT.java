package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Api;
import dev.agentos.faultlab.harness.Events;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Person;
import dev.agentos.faultlab.harness.Specimen;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Branches of every graph of the zoo, from each of its checkpoints, with and without an edit. */
@ExtendWith(LabExtension.class)
class ForksIT {

    /** Of an execution with more checkpoints the first, the last, and five between them are forked. */
    private static final int FEW = 7;

    private static final JsonString EDITED = new JsonString("edited");

    /** An execution that has ended, as it was before anything was forked from it. */
    private record Original(String id, Specimen specimen, JsonObject execution, List<JsonObject> events) {

        static Original of(Lab lab, String id, Specimen specimen) {
            JsonObject execution = lab.end(id);
            specimen.check(execution);
            return new Original(id, specimen, execution, lab.b1().events(id));
        }

        /** A channel that can be added to whatever is in it. */
        Optional<String> editable() {
            return specimen.graph().object("channels").orElse(JsonObject.EMPTY).members().entrySet().stream()
                    .filter(channel ->
                            ((JsonObject) channel.getValue()).text("reducer").equals(Optional.of("append")))
                    .map(Map.Entry::getKey)
                    .findFirst();
        }

        /** At its first checkpoint an execution of a session has its input and nothing of the session's state. */
        boolean begun(int checkpoint) {
            return checkpoint > 0 || specimen.before().isEmpty();
        }

        /** The checkpoint of the superstep that is open at a checkpoint: while it waits, others follow it. */
        int superstep(Api api, int checkpoint) {
            int at = checkpoint;
            while (ForksIT.checkpoint(api, id, at)
                            .array("interrupts")
                            .orElseThrow()
                            .size()
                    > 0) {
                at--;
            }
            return at;
        }

        Api.Answer fork(Api api, JsonObject request) {
            return api.post("/api/v1/executions/" + id + "/fork", request);
        }
    }

    /** A branch of an original. */
    private record Branch(String id, Original original, int checkpoint, Optional<String> edited) {

        void check(Lab lab) {
            JsonObject ended = lab.end(id);
            String what = original.specimen() + " from " + checkpoint + edited.map(name -> ", " + name + " edited");
            assertThat(ended.toString()).as(what).contains(original.id());
            if (edited.isPresent()) {
                checkEdit(lab, ended, what, edited.get());
                return;
            }
            original.specimen().check(ended);
            assertThat(asked(lab.events(id), 0))
                    .as(what)
                    .isEqualTo(asked(original.events(), original.superstep(lab.a1(), checkpoint)));
        }

        private void checkEdit(Lab lab, JsonObject ended, String what, String channel) {
            List<JsonValue> before = items(values(lab.a1(), original.id(), checkpoint), channel);
            List<JsonValue> now = items(values(lab.a1(), id, 0), channel);
            assertThat(now)
                    .as(what)
                    .isEqualTo(Stream.concat(before.stream(), Stream.of(EDITED)).toList());
            if (ended.text("state").equals(Optional.of("SUCCEEDED"))) {
                assertThat(ended.object("output")
                                .orElseThrow()
                                .array(channel)
                                .orElseThrow()
                                .items())
                        .as(what)
                        .contains(EDITED);
            }
        }

        /** The nodes that asked a person in that superstep or behind it, once for each question. */
        private List<String> asked(List<JsonObject> events, int from) {
            Map<String, String> questions = new LinkedHashMap<>();
            for (JsonObject waiting : Events.ofType(events, "execution.waiting")) {
                for (JsonValue one :
                        waiting.object("data").orElseThrow().array("interrupts").orElseThrow()) {
                    JsonObject question = (JsonObject) one;
                    String id = question.text("id").orElseThrow();
                    String node = question.text("node").orElseThrow();
                    if (original.specimen().answers().member(node).isPresent()
                            && Integer.parseInt(id.substring(0, id.indexOf(':'))) >= from) {
                        questions.put(id, node);
                    }
                }
            }
            return questions.values().stream().sorted().toList();
        }
    }

    private static JsonObject checkpoint(Api api, String id, int number) {
        return api.get("/api/v1/executions/" + id + "/checkpoints/" + number).expect(200);
    }

    private static JsonObject values(Api api, String id, int number) {
        return checkpoint(api, id, number).object("values").orElseThrow();
    }

    private static List<JsonValue> items(JsonObject values, String channel) {
        return values.array(channel).orElse(JsonArray.EMPTY).items();
    }

    @Test
    @FaultCase(100)
    void everyCheckpointOfTheZooShowsTheStateAsItWasAndForksToTheSameEnd(Lab lab) {
        Random random = new Random(lab.seed());
        List<Original> originals = new ArrayList<>();
        List<Branch> branches = new ArrayList<>();
        int checkpoints = 0;
        try (Person person = new Person(lab)) {
            Map<String, Specimen> started = new LinkedHashMap<>();
            Specimen.all().stream().filter(lab::offers).forEach(specimen -> {
                String id = lab.start(lab.a(), specimen);
                person.care(id, specimen);
                started.put(id, specimen);
            });
            started.forEach((id, specimen) -> originals.add(Original.of(lab, id, specimen)));
            for (Original original : originals) {
                List<Integer> numbers = SteeringIT.numbers(lab.b1(), original.id());
                checkpoints += shown(lab, original, numbers);
                for (int number : some(numbers, random)) {
                    Api api = branches.size() % 2 == 0 ? lab.a1() : lab.b1();
                    JsonObject plain = JsonObject.of("checkpoint", number);
                    if (!original.begun(number)) {
                        assertThat(original.fork(api, plain).expect(404).text("code"))
                                .contains("graph:UNKNOWN_CHECKPOINT");
                        continue;
                    }
                    branches.add(
                            new Branch(started(lab, original.fork(api, plain)), original, number, Optional.empty()));
                    original.editable().ifPresent(channel -> {
                        JsonObject edit = plain.with("update", JsonObject.of(channel, List.of(EDITED)));
                        branches.add(new Branch(
                                started(lab, original.fork(api, edit)), original, number, Optional.of(channel)));
                    });
                }
            }
            branches.forEach(branch -> person.careFork(
                    branch.id(),
                    branch.original().specimen(),
                    branch.original().id(),
                    branch.original().superstep(lab.a1(), branch.checkpoint())));
            branches.forEach(branch -> branch.check(lab));
        }
        for (Original original : originals) {
            assertThat(lab.a1().events(original.id()))
                    .as(original.specimen().name())
                    .isEqualTo(original.events());
            assertThat(lab.a1().execution(original.id()))
                    .as(original.specimen().name())
                    .isEqualTo(original.execution());
        }
        long edited = branches.stream().filter(one -> one.edited().isPresent()).count();
        assertThat(edited).isPositive();
        lab.evidence(originals.size() + " graphs, " + checkpoints + " checkpoints, " + branches.size() + " forks, "
                + edited + " with an edit");
    }

    private static String started(Lab lab, Api.Answer answer) {
        return lab.acknowledged(answer.expect(202).text("id").orElseThrow());
    }

    /** Every checkpoint can be read; the last of one that has succeeded is its output. */
    private static int shown(Lab lab, Original original, List<Integer> numbers) {
        for (int i = 0; i < numbers.size(); i++) {
            assertThat(numbers.get(i)).as(original.specimen().name()).isEqualTo(i);
            JsonObject values = values(lab.a1(), original.id(), i);
            if (i == numbers.size() - 1 && original.execution().text("state").equals(Optional.of("SUCCEEDED"))) {
                assertThat(original.execution().object("output"))
                        .as(original.specimen().name())
                        .contains(values);
            }
        }
        return numbers.size();
    }

    private static List<Integer> some(List<Integer> numbers, Random random) {
        if (numbers.size() <= FEW) {
            return numbers;
        }
        List<Integer> between = new ArrayList<>(numbers.subList(1, numbers.size() - 1));
        Collections.shuffle(between, random);
        List<Integer> chosen = new ArrayList<>(between.subList(0, FEW - 2));
        chosen.add(numbers.getFirst());
        chosen.add(numbers.getLast());
        return chosen;
    }
}
