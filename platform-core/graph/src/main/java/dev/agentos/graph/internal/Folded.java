package dev.agentos.graph.internal;

import dev.agentos.graph.Change;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Changes of one channel, one after the other, as few as they come to: what is laid over a member, an element or the
 * whole again takes the place of what was there. So an execution that is stored at its exit alone keeps what it has
 * changed, and not each time that it did.
 */
public final class Folded {

    private final List<Change> parts = new ArrayList<>();

    /** Where in the parts an element's replacement is, by the element's place; none moves an element. */
    private final Map<Integer, Integer> replaced = new HashMap<>();

    private int appended = -1;

    /** Another one behind those before. */
    public Folded with(Change next) {
        switch (next) {
            case Change.Several(List<Change> several) -> several.forEach(this::with);
            case Change.Set whole -> restart(whole);
            case Change.Unset nothing -> restart(nothing);
            case Change.Members(var members)
            when last() instanceof Change.Members(var before) ->
                parts.set(parts.size() - 1, new Change.Members(before.overlaidBy(members)));
            case Change ignored
            when last() instanceof Change.Set(var value) -> {
                Change after = next.apply(Optional.of(value))
                        .<Change>map(Change.Set::new)
                        .orElse(new Change.Unset());
                restart(after);
            }
            case Change.Append(var items)
            when appended >= 0 && parts.get(appended) instanceof Change.Append(var before) ->
                parts.set(appended, new Change.Append(before.appended(items.items())));
            case Change.Append append -> {
                appended = parts.size();
                parts.add(append);
            }
            case Change.Replace replace -> replace(replace);
            case Change.Members members -> {
                forget();
                parts.add(members);
            }
        }
        return this;
    }

    /** All of them as one; empty when there are none. */
    public Optional<Change> change() {
        return switch (parts.size()) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(parts.getFirst());
            default -> Optional.of(new Change.Several(parts));
        };
    }

    private void replace(Change.Replace replace) {
        Integer before = replaced.get(replace.index());
        if (before != null) {
            parts.set(before, replace);
        } else {
            replaced.put(replace.index(), parts.size());
            parts.add(replace);
        }
    }

    private Change last() {
        return parts.isEmpty() ? new Change.Unset() : parts.getLast();
    }

    private void restart(Change whole) {
        forget();
        parts.clear();
        parts.add(whole);
    }

    /** Behind anything else than elements, the places of elements may be others. */
    private void forget() {
        replaced.clear();
        appended = -1;
    }
}
