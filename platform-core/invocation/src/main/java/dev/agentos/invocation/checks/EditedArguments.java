package dev.agentos.invocation.checks;

import dev.agentos.invocation.Schemas;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.pluginruntime.ExtensionRegistry;
import dev.agentos.policy.Approval;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Tool;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Refuses arguments that somebody would agree to in place of others, and that do not fit the tool: agreed to, they
 * could only fail the execution. Of a tool that is not there now nothing is known.
 *
 * @param extensions where the tools are
 */
public record EditedArguments(ExtensionRegistry extensions) implements BiConsumer<Approval, JsonObject> {

    @Override
    public void accept(Approval approval, JsonObject edited) {
        Approval.Asked asked = approval.asked();
        extensions
                .find(Tool.class, asked.name(), Optional.of(asked.execution()))
                .map(ExtensionListing::description)
                .ifPresent(listed -> InvalidInputException.refuse(
                        Schemas.check(((ExtensionListing.OfTool) listed).tool().inputSchema(), edited, "/arguments"),
                        KernelErrorCode.INVALID_FIELD,
                        "The arguments do not fit the tool '" + asked.name() + "'",
                        "Correct them by the tool's input schema; the approval stays as it is."));
    }
}
