package dev.agentos.invocation.internal;

import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChatListener;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A plugin's listener for what a model of another plugin says. It runs on the thread of the plugin that listens, while
 * that waits for the answer: on the other's thread, one that never comes back would have the other switched off. What
 * it throws is no failure of the other one either; it is thrown to the listening plugin when the other has answered,
 * and until then nothing more is heard.
 */
public final class Hearing implements ChatListener {

    /** So many characters wait for a listener that is slower than the model. */
    private static final int MOST_WAITING = 4 * 1024 * 1024;

    private final ChatListener listener;
    private final Thread owner = Thread.currentThread();
    private final Queue<String> said = new ArrayDeque<>();
    private int waiting;
    private @Nullable Throwable failure;

    /** One for what is called on this thread. */
    public Hearing(ChatListener listener) {
        this.listener = Objects.requireNonNull(listener);
    }

    @Override
    public void onText(String text) {
        if (Thread.currentThread() == owner) {
            // The model is the listening plugin's own and runs within it, or has answered and this is what was held
            // back of it: behind what waits.
            pass();
            hear(text);
            return;
        }
        synchronized (said) {
            if (failure != null) {
                return;
            }
            if (waiting + text.length() > MOST_WAITING) {
                said.clear();
                failure = new AgentOsException(
                        PluginErrorCode.FAILED,
                        "More than " + MOST_WAITING + " characters of a model's answer waited for who listens to it.",
                        "Let the listener take less time.");
                return;
            }
            waiting += text.length();
            said.add(text);
        }
    }

    /**
     * Passes on what was said since, when the thread is the listener's.
     *
     * @return {@code false}, for it cancels nothing
     */
    public boolean pass() {
        if (Thread.currentThread() == owner) {
            for (String text = next(); text != null; text = next()) {
                hear(text);
            }
        }
        return false;
    }

    private @Nullable String next() {
        synchronized (said) {
            String text = said.poll();
            waiting -= text == null ? 0 : text.length();
            return text;
        }
    }

    private void hear(String text) {
        if (failed() == null) {
            try {
                listener.onText(text);
            } catch (Throwable e) {
                synchronized (said) {
                    failure = e;
                    said.clear();
                }
            }
        }
    }

    private @Nullable Throwable failed() {
        synchronized (said) {
            return failure;
        }
    }

    /** Passes on the rest, and throws what the listener threw. */
    public void requireHeard() {
        pass();
        Throwable thrown = failed();
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown != null) {
            throw new IllegalStateException(thrown);
        }
    }
}
