package dev.agentos.pluginruntime.consent;

import dev.agentos.kernel.Operations;
import dev.agentos.pluginruntime.Consent;
import dev.agentos.pluginruntime.InstallRequest;
import dev.agentos.pluginruntime.InstalledPlugin;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginStore;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.policy.Decision;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionSyntaxException;
import dev.agentos.tenancy.TenantId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes of plugins that wait until somebody else has agreed. What is agreed to is whole: the file's digest, what is
 * granted, and whatever rules could know; what differs when the change goes on is asked anew.
 */
public final class InstallApprovals {

    private static final Logger LOG = LoggerFactory.getLogger(InstallApprovals.class);

    private final Approvals approvals;
    private final PluginStore store;
    private final Operations operations;

    /** Changes that are noted in that store and go on as those operations. */
    public InstallApprovals(Approvals approvals, PluginStore store, Operations operations) {
        this.approvals = approvals;
        this.store = store;
        this.operations = operations;
    }

    /**
     * What somebody has to agree to.
     *
     * @param plugin the version
     * @param arguments all that is known of the change
     * @param match the rule that wants it
     */
    public record Asking(PluginVersion plugin, JsonObject arguments, Decision.Match match) {

        /** For whoever looks at the change before. */
        public String sentence() {
            return "It waits until somebody else has agreed, because " + match.named() + " wants it for " + plugin
                    + ": " + match.rule().reason();
        }

        private Approval.Asked asked(String waits, String effect, Optional<String> by, JsonObject whole) {
            return new Approval.Asked(waits, effect, Approval.PLUGIN, plugin.plugin(), whole, by);
        }
    }

    /**
     * Refuses a second change of a plugin of which one waits.
     *
     * @throws AgentOsException {@code plugin:BUSY}
     */
    public void requireNone(String plugin) {
        open().stream()
                .filter(one -> one.plugin().plugin().equals(plugin))
                .findFirst()
                .ifPresent(waiting -> {
                    throw new AgentOsException(
                            PluginErrorCode.BUSY,
                            "A change of plugin '" + plugin + "' waits for an approval.",
                            "Decide on it, or cancel the operation " + waiting.operation() + ".");
                });
    }

    /**
     * Passes when everything was agreed to; otherwise the work waits.
     *
     * @param rows what the change comes to, with what is granted
     * @throws AgentOsException {@code policy:REJECTED}
     */
    public void require(
            Operations.Reporter reporter,
            InstallRequest request,
            PluginVersion plugin,
            List<Asking> asks,
            List<InstalledPlugin> rows) {
        if (open(reporter, request, asks, rows).isEmpty()) {
            return;
        }
        PluginStore.Waiting waiting = new PluginStore.Waiting(
                reporter.id(), plugin, request.source() instanceof InstallRequest.Upload, written(request));
        store.await(
                waiting,
                request.source() instanceof InstallRequest.Upload(Path file) ? Optional.of(file) : Optional.empty());
        List<Approval> open = List.of();
        try {
            // What was decided before it was noted has found nothing to go on with.
            open = open(reporter, request, asks, rows);
        } finally {
            if (open.isEmpty()) {
                over(waiting);
            }
        }
        if (!open.isEmpty()) {
            throw reporter.waits("Waits until somebody else has agreed: "
                    + String.join(", ", open.stream().map(Approval::id).toList()));
        }
    }

    /** What nobody has decided on yet, asked once; {@code policy:REJECTED}. */
    private List<Approval> open(
            Operations.Reporter reporter, InstallRequest request, List<Asking> asks, List<InstalledPlugin> rows) {
        List<Approval> open = new ArrayList<>();
        for (Asking asking : asks) {
            List<String> grants = rows.stream()
                    .filter(row -> row.plugin().equals(asking.plugin()))
                    .flatMap(row -> row.release().grants().stream())
                    .map(Permission::toString)
                    .toList();
            Approval approval = approvals.askAsNow(
                    Optional.empty(),
                    asking.asked(
                            reporter.id(),
                            asking.plugin().plugin(),
                            request.by(),
                            asking.arguments().with("grants", grants)),
                    asking.match().toJson(),
                    asking.match().rule().terms().approval());
            requireNotRefused(approval);
            if (approval.state() == Approval.State.PENDING) {
                open.add(approval);
            }
        }
        return open;
    }

    /**
     * Passes when a tenant's people have agreed to what the platform gives them. A request cannot wait: it is refused
     * until then, and passes when it is repeated.
     *
     * @param by who asks for it
     * @param dryRun whether to ask nobody
     * @throws AgentOsException {@code policy:APPROVAL_REQUIRED} naming the approval
     */
    public void require(TenantId tenant, Asking asking, Optional<String> by, boolean dryRun) {
        Optional<Approval> last = Optional.empty();
        for (int time = 1; ; time++) {
            Approval.Asked asked = asking.asked("", "enable " + time, by, asking.arguments());
            Optional<Approval> found = approvals.asked(Optional.of(tenant), asked);
            if (found.isEmpty() && !dryRun) {
                found = Optional.of(approvals.ask(Optional.of(tenant), asked, asking.match()));
            }
            if (found.filter(one -> one.state() == Approval.State.APPROVED)
                    .filter(one -> one.covers(asking.match().rule().terms().approval()))
                    .isPresent()) {
                return;
            }
            if (found.isEmpty()
                    || found.filter(one -> one.state() == Approval.State.PENDING)
                            .isPresent()) {
                throw new AgentOsException(
                        PolicyErrorCode.APPROVAL_REQUIRED,
                        "Somebody of the tenant has to agree first"
                                + found.map(one -> ": approval " + one.id()).orElse("") + "."
                                + last.map(one -> " The one before " + sentence(one.refusal()))
                                        .orElse(""),
                        "Ask again when it is approved.");
            }
            // What was agreed to and is asked once more, of others, was refused by nobody.
            last = found.filter(one -> one.state() != Approval.State.APPROVED);
        }
    }

    /** The change that waits for an approval; empty when none does any more. */
    public Optional<PluginStore.Waiting> of(Approval approval) {
        return open().stream()
                .filter(one -> one.operation().equals(approval.asked().execution()))
                .findFirst();
    }

    private List<PluginStore.Waiting> open() {
        return store.waiting().stream()
                .filter(one -> operations
                        .find(one.operation())
                        .filter(operation -> !operation.state().terminal())
                        .isPresent())
                .toList();
    }

    /** Does what has waited, of which nothing is kept once it has ended; it may come to wait again. */
    public JsonObject ending(PluginStore.Waiting waiting, Supplier<JsonObject> work) {
        JsonObject result;
        try {
            result = work.get();
        } catch (AgentOsException e) {
            over(waiting);
            throw e;
        }
        over(waiting);
        return result;
    }

    /** Nothing has to be kept of it any more. What came of the change is so whether that succeeds or not. */
    private void over(PluginStore.Waiting waiting) {
        try {
            store.forget(waiting.operation());
        } catch (RuntimeException e) {
            LOG.warn("What operation {} has waited with goes with the next change", waiting.operation(), e);
        }
    }

    /**
     * Passes unless it was refused.
     *
     * @throws AgentOsException {@code policy:REJECTED}
     */
    public static void requireNotRefused(Approval approval) {
        switch (approval.state()) {
            case PENDING, APPROVED -> {}
            case REJECTED, EXPIRED, WITHDRAWN ->
                throw new AgentOsException(
                        PolicyErrorCode.REJECTED,
                        "The change of plugin '" + approval.asked().name() + "' " + sentence(approval.refusal()),
                        "Do without it, or ask again; the approval is " + approval.id() + ".");
        }
    }

    private static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }

    private static JsonObject written(InstallRequest request) {
        Consent consent = request.consent();
        JsonObject written = JsonObject.of(
                "accepted",
                        consent.accepted().stream().map(Permission::toString).toList(),
                "acceptAll", consent.acceptAll(),
                "acceptCritical", consent.acceptCritical());
        JsonObject bound = request.source() instanceof InstallRequest.Offered offered
                ? written.with("registry", offered.registry())
                : written;
        JsonObject placed =
                request.isolated().map(wanted -> bound.with("isolated", wanted)).orElse(bound);
        return request.by().map(by -> placed.with("by", by)).orElse(placed);
    }

    /**
     * The request of a change that goes on: for just the version that was shown.
     *
     * @param file the file that was uploaded for it, if one was
     */
    public static InstallRequest request(PluginStore.Waiting waiting, Optional<Path> file) {
        PluginVersion plugin = waiting.plugin();
        JsonObject written = waiting.request();
        Consent consent = new Consent(
                permissions(written),
                written.bool("acceptAll").orElse(false),
                written.bool("acceptCritical").orElse(false),
                Optional.of(plugin.sha512()));
        InstallRequest.Source source = file.<InstallRequest.Source>map(InstallRequest.Upload::new)
                .or(() -> written.text("registry").map(from -> new InstallRequest.Offered(plugin, from)))
                .orElseGet(() -> new InstallRequest.Release(plugin.plugin(), plugin.version()));
        return new InstallRequest(source, consent, written.bool("isolated"), written.text("by"));
    }

    private static Set<Permission> permissions(JsonObject written) {
        Set<Permission> accepted = new LinkedHashSet<>();
        written.array("accepted").orElse(JsonArray.EMPTY).items().forEach(item -> {
            if (item instanceof JsonString(String text)) {
                try {
                    accepted.add(Permission.parse(text));
                } catch (PermissionSyntaxException e) {
                    throw new IllegalStateException("An accepted permission is kept in a form that nobody reads", e);
                }
            }
        });
        return accepted;
    }
}
