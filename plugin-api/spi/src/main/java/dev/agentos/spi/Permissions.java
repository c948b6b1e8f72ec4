package dev.agentos.spi;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A set of permissions, in the order of kinds and targets.
 *
 * @param list each once
 */
public record Permissions(List<Permission> list) {

    /** No permission. */
    public static final Permissions NONE = new Permissions(List.of());

    public Permissions {
        list = List.copyOf(new TreeSet<>(list));
    }

    /** These permissions. */
    public static Permissions of(Collection<Permission> permissions) {
        return new Permissions(List.copyOf(permissions));
    }

    /** Whether one of them covers the act; what only several together cover is not covered. */
    public boolean covers(Permission act) {
        return covering(act).isPresent();
    }

    /** Whether each of the others is covered. */
    public boolean covers(Permissions others) {
        return others.list.stream().allMatch(this::covers);
    }

    private Optional<Permission> covering(Permission act) {
        return list.contains(act)
                ? Optional.of(act)
                : list.stream().filter(granted -> granted.covers(act)).findFirst();
    }

    /** What changes in power when this set is replaced by that; a permission that others cover is no change. */
    public List<Change> changesTo(Permissions after) {
        List<Change> changes = new ArrayList<>();
        SequencedSet<Permission> open = new TreeSet<>(list);
        open.removeAll(after.list);
        for (Permission wanted : after.list) {
            Optional<Permission> covering = covering(wanted);
            if (covering.isPresent()) {
                if (open.remove(covering.get())) {
                    changes.add(new Change(Change.Type.NARROWED, covering, Optional.of(wanted)));
                }
                continue;
            }
            Optional<Permission> narrower = open.stream().filter(wanted::covers).findFirst();
            changes.add(new Change(
                    narrower.isPresent() ? Change.Type.WIDENED : Change.Type.ADDED, narrower, Optional.of(wanted)));
            open.removeIf(wanted::covers);
        }
        open.stream()
                .filter(gone -> !after.covers(gone))
                .forEach(gone -> changes.add(new Change(Change.Type.REMOVED, Optional.of(gone), Optional.empty())));
        return List.copyOf(changes);
    }

    /**
     * One difference between two sets.
     *
     * @param type which
     * @param before what stood there; empty for one that is added
     * @param after what stands there now; empty for one that is removed
     */
    public record Change(Type type, Optional<Permission> before, Optional<Permission> after) {

        /** What can change. */
        public enum Type {
            ADDED,
            REMOVED,
            WIDENED,
            NARROWED
        }

        /** Whether it asks for something that was not covered before. */
        public boolean asksForMore() {
            return type == Type.ADDED || type == Type.WIDENED;
        }

        /** The difference in plain words, a sentence without its full stop. */
        public String inWords() {
            String was = before.map(Permission::inWords).orElse("");
            String is = after.map(Permission::inWords).orElse("");
            return switch (type) {
                case ADDED -> "new: " + is;
                case REMOVED -> "no longer: " + was;
                case WIDENED -> "more than before: " + is + " (was: " + was + ")";
                case NARROWED -> "less than before: " + is + " (was: " + was + ")";
            };
        }
    }

    /** The canonical forms, one a line. */
    @Override
    public String toString() {
        return list.stream().map(Permission::toString).collect(Collectors.joining("\n"));
    }
}
