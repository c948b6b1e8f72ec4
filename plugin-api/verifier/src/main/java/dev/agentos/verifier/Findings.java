package dev.agentos.verifier;

import java.util.ArrayList;
import java.util.List;

/** Collects the findings of one verification, up to the report's limit. */
final class Findings {

    private final List<Finding> list = new ArrayList<>();
    private int errors;
    private int dropped;

    void error(String ruleId, String message, String action) {
        add(ruleId, Finding.Severity.ERROR, message, action);
    }

    void warning(String ruleId, String message, String action) {
        add(ruleId, Finding.Severity.WARNING, message, action);
    }

    void note(String ruleId, String message, String action) {
        add(ruleId, Finding.Severity.NOTE, message, action);
    }

    void add(String ruleId, Finding.Severity severity, String message, String action) {
        if (severity == Finding.Severity.ERROR) {
            errors++;
        }
        Finding finding = new Finding(ruleId, severity, message, action);
        if (list.size() < VerificationReport.MAX_FINDINGS - 1) {
            list.add(finding);
        } else {
            dropped++;
        }
    }

    int errorCount() {
        return errors;
    }

    List<Finding> toList() {
        List<Finding> all = new ArrayList<>(list);
        if (dropped > 0) {
            // Of the same weight as the worst that was dropped could be: an error never hides behind the limit.
            all.add(new Finding(
                    "REP001",
                    errors > 0 ? Finding.Severity.ERROR : Finding.Severity.NOTE,
                    dropped + " more findings are not shown.",
                    "Mend the ones above and verify again."));
        }
        return all;
    }
}
