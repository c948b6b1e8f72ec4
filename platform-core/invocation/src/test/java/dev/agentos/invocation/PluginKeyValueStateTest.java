package dev.agentos.invocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.pluginruntime.PluginStateStore;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.util.AbstractCollection;
import java.util.AbstractMap;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a plugin's own collections can do to its state. */
class PluginKeyValueStateTest {

    private static final JsonString SMALL = new JsonString("x");
    private static final JsonString LARGE = new JsonString("x".repeat(2 * 1024 * 1024));

    private final Kept store = new Kept();
    private final PluginKeyValueState state = new PluginKeyValueState(store, "acme", "p");

    @Test
    void whatIsStoredIsWhatWasLookedAt() {
        state.put(new Turning());
        assertThat(store.values).containsExactly(Map.entry("k", SMALL));
    }

    @Test
    void noCodeOfThePluginRunsInTheStore() {
        Collection<String> keys = new AbstractCollection<>() {
            @Override
            public Iterator<String> iterator() {
                assertThat(store.busy).isFalse();
                return List.of("k").iterator();
            }

            @Override
            public int size() {
                assertThat(store.busy).isFalse();
                return 1;
            }
        };
        state.put(Map.of("k", SMALL));
        assertThat(state.get(keys)).containsOnlyKeys("k");
        state.remove(keys);
        assertThat(store.values).isEmpty();
    }

    @Test
    void aKeyThatNoDatabaseKeepsDoesNotReachTheStore() {
        for (String odd : List.of("a\u0000b", "\uD83D")) {
            assertThatThrownBy(() -> state.put(Map.of(odd, SMALL))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> state.get(List.of(odd))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> state.remove(List.of(odd))).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(store.values).isEmpty();
    }

    /** Generic types are not checked when the program runs. */
    @Test
    void whatIsNoTextDoesNotReachTheStore() {
        Object odd = new Object() {
            @Override
            public String toString() {
                throw new AssertionError("The store runs code of the plugin");
            }
        };
        @SuppressWarnings("unchecked")
        Collection<String> keys = (Collection<String>) (Collection<?>) List.of("k", odd);
        state.put(Map.of("k", SMALL));
        assertThatThrownBy(() -> state.get(keys)).isInstanceOf(ClassCastException.class);
        assertThatThrownBy(() -> state.remove(keys)).isInstanceOf(ClassCastException.class);
        assertThat(store.values).containsOnlyKeys("k");
    }

    @Test
    void aLargeValueIsRefused() {
        assertThatThrownBy(() -> state.put(Map.of("k", LARGE))).isInstanceOf(AgentOsException.class);
    }

    /** Shows a small value to the first who looks and a large one to the next. */
    private static final class Turning extends AbstractMap<String, JsonValue> {
        private int looks;

        @Override
        public Set<Entry<String, JsonValue>> entrySet() {
            return Set.of(Map.entry("k", looks++ == 0 ? SMALL : LARGE));
        }

        @Override
        public int size() {
            return 1;
        }
    }

    private static final class Kept implements PluginStateStore {
        private final Map<String, JsonValue> values = new HashMap<>();
        private boolean busy;

        @Override
        public Map<String, JsonValue> get(String tenant, String plugin, Collection<String> keys) {
            busy = true;
            Map<String, JsonValue> found = new HashMap<>(values);
            found.keySet().retainAll(List.copyOf(keys));
            busy = false;
            return found;
        }

        @Override
        public void put(String tenant, String plugin, Map<String, JsonValue> more) {
            busy = true;
            values.putAll(more);
            busy = false;
        }

        @Override
        public void remove(String tenant, String plugin, Collection<String> keys) {
            busy = true;
            keys.forEach(values::remove);
            busy = false;
        }
    }
}
