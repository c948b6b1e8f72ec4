package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Events;
import dev.agentos.faultlab.harness.FaultCase;
import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Person;
import dev.agentos.faultlab.harness.Server;
import dev.agentos.faultlab.harness.Specimen;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The zoo while servers are killed at random moments, one after the other, and started again. The choices come from the
 * seed that is printed; {@code -Dlab.seed} repeats them, {@code -Dlab.kills} says how many.
 */
@ExtendWith(LabExtension.class)
class RandomKillsIT {

    private static final int FEW = 6;

    /** Each promises another amount of work that is done again after a kill; the end is the same for all. */
    private static final List<String> DURABILITIES = List.of("sync", "barrier", "async", "exit");

    /** How many kills an execution may meet: one that ends its servers again and again is given up, and rightly so. */
    private static final int MOST_MET = 3;

    @Test
    @FaultCase(13)
    void everyGraphOfTheZooEndsAsWithoutAKill(Lab lab) throws InterruptedException {
        int kills = Optional.ofNullable(Integer.getInteger("lab.kills")).orElse(FEW);
        Random random = new Random(lab.seed());
        List<Specimen> zoo = Specimen.all().stream().filter(lab::offers).toList();
        zoo.forEach(specimen -> lab.deployed(specimen.graph()));
        List<Map<String, Specimen>> bursts = new ArrayList<>();
        Map<String, Specimen> started = new LinkedHashMap<>();
        int resumed = 0;
        try (Person person = new Person(lab)) {
            for (int kill = 0; kill < kills; kill++) {
                Server victim = random.nextBoolean() ? lab.a() : lab.b();
                victim.awaitUp();
                if (bursts.size() >= MOST_MET) {
                    bursts.get(bursts.size() - MOST_MET).keySet().forEach(lab::end);
                }
                Map<String, Specimen> burst = burst(lab, shuffled(zoo, random), random);
                burst.forEach(person::care);
                bursts.add(burst);
                started.putAll(burst);
                Thread.sleep(random.nextInt(500));
                victim.kill();
                victim.launch();
            }
            for (Map.Entry<String, Specimen> one : started.entrySet()) {
                one.getValue().check(lab.end(one.getKey()));
            }
            lab.evidence(kills + " kills, " + started.size() + " executions, " + person.reviews() + " reviews");
        }
        for (String id : started.keySet()) {
            resumed += Events.ofType(lab.events(id), "execution.resumed").stream()
                            .anyMatch(event -> Events.data(event, "attempt").isPresent())
                    ? 1
                    : 0;
        }
        assertThat(resumed).as("executions that a kill interrupted").isPositive();
        lab.evidence(resumed + " interrupted");
    }

    /** Half of the zoo, in any order: the machine is to be busy, not buried. */
    private static List<Specimen> shuffled(List<Specimen> zoo, Random random) {
        List<Specimen> all = new ArrayList<>(zoo);
        Collections.shuffle(all, random);
        return all.subList(0, (all.size() + 1) / 2);
    }

    /** Starts them all at once, each at one of the servers. */
    private static Map<String, Specimen> burst(Lab lab, List<Specimen> specimens, Random random) {
        Map<String, Specimen> started = new ConcurrentHashMap<>();
        List<CompletableFuture<Void>> starts = new ArrayList<>();
        for (Specimen specimen : specimens) {
            Server server = random.nextBoolean() ? lab.a() : lab.b();
            String durability = DURABILITIES.get(random.nextInt(DURABILITIES.size()));
            starts.add(CompletableFuture.runAsync(() -> {
                // What was not acknowledged, by a server that is coming up or busy, need not happen.
                lab.startIfTaken(server, specimen, durability).ifPresent(id -> started.put(id, specimen));
            }));
        }
        starts.forEach(CompletableFuture::join);
        return started;
    }
}
