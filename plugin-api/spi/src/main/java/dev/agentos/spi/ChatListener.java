package dev.agentos.spi;

/** Receives a model's text while it is written. */
@FunctionalInterface
public interface ChatListener {

    /** Ignores what comes. */
    ChatListener NONE = text -> {};

    /** The next piece of text; never empty. */
    void onText(String text);
}
