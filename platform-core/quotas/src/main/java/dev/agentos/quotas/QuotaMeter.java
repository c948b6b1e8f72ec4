package dev.agentos.quotas;

/** Hears of what quotas do; must return soon and not throw. */
public interface QuotaMeter {

    /** Measures nothing. */
    QuotaMeter NONE = new QuotaMeter() {
        @Override
        public void warned() {}

        @Override
        public void refused(String scope) {}
    };

    /** A quota is nearly used up. */
    void warned();

    /**
     * An execution was refused.
     *
     * @param scope whose quota did, or {@code queue} when there was no place
     */
    void refused(String scope);
}
