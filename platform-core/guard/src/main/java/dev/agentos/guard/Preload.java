package dev.agentos.guard;

/** Loads what checks need before there are any: loading a class in the middle of a check would be checked itself. */
final class Preload {

    private static final String[] CLASSES = {
        "Bridge",
        "Callers",
        "Children",
        "Children$Beginning",
        "Callers$Direct",
        "Callers$Excuse",
        "Callers$First",
        "Callers$Nearest",
        "Callers$Starts",
        "Callers$Through",
        "Checkpoint",
        "Checkpoint$1",
        "Denial",
        "Domain",
        "Domain$Count",
        "JdkFields",
        "JdkFields$Flag",
        "Judgement",
        "Judgement$1",
        "Kinds",
        "NetworkJudgement",
        "NetworkJudgement$1",
        "Origins",
        "Origins$Origin",
        "ProviderViews",
        "Refusal",
        "Refusal$Denied",
        "ReservedApi",
        "Rule",
        "Rule$Mode",
        "SecretProperties",
        "Sink",
        "Targets"
    };

    private Preload() {}

    static void all() throws ClassNotFoundException {
        String prefix = Preload.class.getPackageName() + '.';
        for (String name : CLASSES) {
            Class.forName(prefix + name);
        }
        // Switches over rules are tables in classes of their own, which these calls load.
        for (Rule rule : Rule.values()) {
            Judgement.lacking(rule, Domain.STRANGER, null, null, null);
        }
        for (Refusal refusal : Refusal.values()) {
            refusal.exception("");
        }
    }
}
