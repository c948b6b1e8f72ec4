package dev.agentos.registryservice;

import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.verifier.Finding;
import dev.agentos.verifier.VerificationReport;
import java.util.stream.Collectors;

/** A JAR that was not published because the verifier refuses it; code {@code registry:PLUGIN_REFUSED}. */
public final class PluginRefusedException extends AgentOsException {

    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 3;

    private final transient VerificationReport report;

    PluginRefusedException(VerificationReport report) {
        super(
                RegistryErrorCode.PLUGIN_REFUSED,
                "The verifier refuses the JAR: "
                        + report.errors().stream()
                                .limit(SHOWN)
                                .map(finding -> finding.ruleId() + " " + finding.message())
                                .collect(Collectors.joining(" ")),
                report.errors().stream().map(Finding::action).findFirst().orElse("Read the report."));
        this.report = report;
    }

    /** All findings. */
    public VerificationReport report() {
        return report;
    }
}
