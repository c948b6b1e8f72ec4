package dev.agentos.execution.testkit;

import dev.agentos.execution.testkit.Operation.Server;
import dev.agentos.execution.testkit.Operation.What;
import dev.agentos.tenancy.TenantId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Compares a store with the {@link Model} by long random sequences of what three servers and their users may do. After
 * each operation it compares what was told, the state, the owner, the epoch and the position of every execution, and at
 * the end who would be claimed in which order. A sequence that tells the two apart is cut down before it is shown.
 */
public final class ModelCheck {

    private static final List<String> OWNERS = List.of("s1", "s2", "s3");
    private static final int TENANTS = 2;
    private static final int PRIORITIES = 3;
    private static final int KEYS = 3;
    private static final int HOUR = 60;
    private static final int DAY = 25 * HOUR;

    private final Stores stores;
    private final List<TenantId> tenants;
    private final int mostTries;
    private final Set<String> changes = new HashSet<>();

    /**
     * A check of the stores that come from there.
     *
     * @param mostTries how many sequences are tried to make one shorter that fails
     */
    public ModelCheck(Stores stores, int mostTries) {
        this.stores = stores;
        this.mostTries = mostTries;
        List<TenantId> made = new ArrayList<>();
        for (int i = 0; i < TENANTS; i++) {
            made.add(stores.newTenant());
        }
        this.tenants = List.copyOf(made);
    }

    /** The seed that the system property {@code model.seed} gives, or another one each time. */
    public static long seed() {
        return Long.getLong("model.seed", System.nanoTime());
    }

    /**
     * Tries so many sequences of that length; each has a seed of its own, counted from the first.
     *
     * @return which changes of state happened, as in {@code QUEUED --> RUNNING}
     * @throws AssertionError if the store differs from the model
     */
    public Set<String> run(long seed, int sequences, int length) {
        for (int i = 0; i < sequences; i++) {
            List<Operation> operations = sequence(new Random(seed + i), length);
            Optional<Difference> found = compare(operations);
            if (found.isPresent()) {
                throw new AssertionError("The store differs from the model, seed " + (seed + i) + ", after:\n"
                        + shrink(operations.subList(0, found.get().after()), found.get()));
            }
        }
        return Set.copyOf(changes);
    }

    /**
     * Where a store differed.
     *
     * @param after how many operations it took
     */
    private record Difference(int after, List<String> story, String expected, String seen) {
        @Override
        public String toString() {
            return String.join("\n", story) + "\nexpected:\n" + expected.indent(4) + "seen:\n" + seen.indent(4);
        }
    }

    private Optional<Difference> compare(List<Operation> operations) {
        Trial trial = new Trial(stores, tenants);
        Model model = Model.EMPTY;
        List<String> story = new ArrayList<>();
        for (int i = 0; i < operations.size(); i++) {
            Operation operation = operations.get(i);
            Model.Outcome outcome = model.after(operation);
            String told;
            try {
                told = trial.perform(operation, model);
            } catch (RuntimeException e) {
                told = "threw " + e;
            }
            story.add("  " + operation + " -> " + outcome.told());
            Optional<Difference> difference = difference(i + 1, story, outcome.told(), told)
                    .or(() -> {
                        String expected = Trial.expected(outcome.model());
                        return difference(story.size(), story, expected, trial.seen(outcome.model()));
                    });
            for (ModelExecution one : outcome.model().executions()) {
                if (difference.isEmpty() && !model.executions().contains(one)) {
                    changes.add(change(model, one));
                    difference = difference(i + 1, story, Trial.log(one), trial.log(one.number()));
                }
            }
            if (difference.isPresent()) {
                return difference;
            }
            model = outcome.model();
        }
        return atEnd(model, trial, story);
    }

    private static String change(Model before, ModelExecution now) {
        String from = now.number() < before.executions().size()
                ? before.executions().get(now.number()).state().name()
                : "[*]";
        return from + " --> " + now.state();
    }

    /** The whole queue, in order, and every log. */
    private static Optional<Difference> atEnd(Model model, Trial trial, List<String> story) {
        Operation all = new Operation.Claim(new Server("last", HOUR), 100);
        Model.Outcome outcome = model.after(all);
        story.add("  " + all + " -> " + outcome.told());
        return difference(story.size() - 1, story, outcome.told(), trial.perform(all, model));
    }

    private static Optional<Difference> difference(int after, List<String> story, String expected, String seen) {
        return expected.equals(seen)
                ? Optional.empty()
                : Optional.of(new Difference(after, List.copyOf(story), expected, seen));
    }

    /** Takes operations away for as long as what is left still tells the store and the model apart. */
    private Difference shrink(List<Operation> failing, Difference found) {
        List<Operation> shortest = failing;
        Difference difference = found;
        int tries = 0;
        for (int size = Math.max(1, failing.size() / 2); size > 0; size = size == 1 ? 0 : size / 2) {
            int from = 0;
            while (from < shortest.size() && tries < mostTries) {
                List<Operation> shorter = new ArrayList<>(shortest);
                shorter.subList(from, Math.min(from + size, shorter.size())).clear();
                Optional<Difference> still = compare(shorter);
                tries++;
                if (still.isPresent()) {
                    shortest = shorter.subList(0, still.get().after());
                    difference = still.get();
                } else {
                    from += size;
                }
            }
        }
        return difference;
    }

    private static List<Operation> sequence(Random random, int length) {
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            operations.add(next(random));
        }
        return operations;
    }

    private static Operation next(Random random) {
        return switch (random.nextInt(25)) {
            case 0, 1, 2 ->
                new Operation.Admit(
                        random.nextInt(TENANTS),
                        random.nextInt(PRIORITIES),
                        random.nextInt(3) == 0 ? Optional.of(random.nextInt(KEYS)) : Optional.empty(),
                        random.nextInt(4) == 0 ? 1 : 0,
                        random.nextInt(3) == 0 ? Optional.of(2 * HOUR) : Optional.empty(),
                        perhaps(random));
            case 3 -> new Operation.Fork(pick(random), perhaps(random));
            case 4, 5, 6, 7 -> new Operation.Claim(server(random), 1 + random.nextInt(3));
            case 8, 9, 10, 11, 12, 13 -> new Operation.Append(pick(random), what(random));
            case 14 -> new Operation.Reopen(pick(random));
            case 15 -> new Operation.HandBack(pick(random));
            case 16 -> new Operation.Renew(pick(random), minutes(random));
            case 17 ->
                random.nextInt(3) == 0
                        ? new Operation.Park(pick(random))
                        : new Operation.Release(OWNERS.get(random.nextInt(OWNERS.size())));
            case 18 -> new Operation.Cancel(pick(random));
            case 19 -> new Operation.Pause(pick(random));
            case 20, 21 -> new Operation.Resume(pick(random), perhaps(random));
            case 22 -> new Operation.EndOverdue();
            default ->
                new Operation.Pass(
                        switch (random.nextInt(8)) {
                            case 0 -> DAY;
                            case 1, 2 -> 2 * HOUR;
                            default -> HOUR;
                        });
        };
    }

    private static What what(Random random) {
        return switch (random.nextInt(13)) {
            case 12 -> What.GO_ON;
            case 0, 1 -> What.EVENT;
            case 2, 3 -> What.PENDING;
            case 4, 5, 6 -> What.CHECKPOINT;
            case 7 -> What.ASK;
            case 8 -> What.SUSPEND_UNTIL_DUE;
            case 9 -> What.SUSPEND_OVERDUE;
            case 10 -> What.SUCCEED;
            default -> List.of(What.FAIL, What.STOP, What.TIME_OUT).get(random.nextInt(3));
        };
    }

    /** The latest most often. */
    private static int pick(Random random) {
        return random.nextInt(1 + random.nextInt(8));
    }

    private static Optional<Server> perhaps(Random random) {
        return random.nextInt(3) == 0 ? Optional.of(server(random)) : Optional.empty();
    }

    private static Server server(Random random) {
        return new Server(OWNERS.get(random.nextInt(OWNERS.size())), minutes(random));
    }

    private static int minutes(Random random) {
        return HOUR * random.nextInt(3) + Trial.SOON;
    }
}
