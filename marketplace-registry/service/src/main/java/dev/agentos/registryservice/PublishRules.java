package dev.agentos.registryservice;

import dev.agentos.kernel.Yaml;
import dev.agentos.policy.ApprovalTerms;
import dev.agentos.policy.Decision;
import dev.agentos.policy.MemoryPolicyStore;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.policy.PolicyRule;
import dev.agentos.policy.RuleEffect;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.spi.Permissions;
import dev.agentos.verifier.PluginManifest;
import dev.agentos.verifier.Signer;
import dev.agentos.verifier.VerificationReport;
import dev.agentos.verifier.bill.BillOfMaterials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rules before a release comes into the registry, from a file: a registry has no database of its own. */
public final class PublishRules {

    /** Lets everything pass. */
    static final PublishRules NONE =
            new PublishRules(Policies.ofRegistry(new MemoryPolicyStore(), InstantSource.system()), 0);

    private static final Logger LOG = LoggerFactory.getLogger(PublishRules.class);

    private final Policies policies;

    /** The most people whom a rule in force wants to agree; 0 when none wants any. */
    private final int people;

    private PublishRules(Policies policies, int people) {
        this.policies = policies;
        this.people = people;
    }

    /**
     * What people have to agree to.
     *
     * @param plugin the id
     * @param arguments all that is known of the release
     * @param match the rule that wants it
     */
    record Asking(String plugin, JsonObject arguments, Decision.Match match) {}

    /**
     * The rules of a policy, written as JSON or YAML.
     *
     * @throws AgentOsException {@code policy:INVALID_POLICY}, {@code server:MALFORMED_YAML}
     * @throws IOException when the file cannot be read
     */
    public static PublishRules in(Path file, InstantSource clock) throws IOException {
        if (!(Yaml.parse(Files.readString(file)) instanceof JsonObject document)) {
            throw new AgentOsException(
                    PolicyErrorCode.INVALID_POLICY,
                    "The file " + file + " holds no policy.",
                    "Write an object with 'rules', as docs/reference/policies.md shows.");
        }
        Policies policies = Policies.ofRegistry(new MemoryPolicyStore(), clock);
        PolicyDocument read = PolicyDocument.read(document);
        policies.put(Optional.empty(), "registry", read, 0, new Policies.Author("file", Optional.empty()), false);
        return new PublishRules(policies, people(read));
    }

    private static int people(PolicyDocument document) {
        int most = 0;
        for (PolicyRule rule : document.rules()) {
            if (rule.point() != PolicyPoint.PUBLISH || rule.effect() != RuleEffect.REQUIRE_APPROVAL) {
                continue;
            }
            ApprovalTerms terms = rule.terms().approval();
            if (!terms.chain().isEmpty() || terms.escalation().isPresent()) {
                throw new AgentOsException(
                        PolicyErrorCode.INVALID_POLICY,
                        "Rule '" + rule.id() + "' names roles or groups, and a registry has none.",
                        "Say how many 'people' have to agree; leave out 'chain' and 'escalate'.");
            }
            most = rule.enforced() ? Math.max(most, terms.people()) : most;
        }
        return most;
    }

    /**
     * Passes when there are people enough for what the rules ask.
     *
     * @param reviewers how many may agree
     * @throws AgentOsException {@code policy:INVALID_POLICY}
     */
    void requirePeople(int reviewers) {
        if (people > reviewers) {
            throw new AgentOsException(
                    PolicyErrorCode.INVALID_POLICY,
                    "A rule wants " + people + " to agree to a release, and " + reviewers + " may review.",
                    "Publish over HTTP, at a registry with a file of --people of whom as many may review.");
        }
    }

    /**
     * Passes unless a rule denies it.
     *
     * @param previous the newest release before
     * @return what people have to agree to first; empty when nobody has to
     * @throws AgentOsException {@code policy:DENIED} naming the rule
     */
    Optional<Asking> require(VerificationReport report, PluginManifest manifest, Optional<Release> previous) {
        String id = manifest.id();
        String what = "to publish " + id + " " + manifest.version();
        JsonObject facts = JsonObject.of(
                "plugin",
                JsonObject.of("id", id, "version", manifest.version().toString()),
                "release",
                release(report, manifest, previous));
        Decision decision = policies.decide(
                new PolicyQuestion(PolicyPoint.PUBLISH, Optional.empty(), Map.of("plugin", id), () -> facts));
        if (decision.differsInDryRun()) {
            decision.matches().stream()
                    .filter(match -> !match.rule().enforced())
                    .forEach(match -> LOG.warn(
                            "In force, {} would not allow {}: {}",
                            match.named(),
                            what,
                            match.rule().reason()));
        }
        decision.requireNotDenied(what);
        return decision.asking().map(match -> new Asking(id, facts, match));
    }

    private static JsonObject release(VerificationReport report, PluginManifest manifest, Optional<Release> previous) {
        List<Permission> asked = manifest.permissions().stream()
                .map(PermissionRequest::permission)
                .toList();
        List<Permission> before = previous.map(Release::permissions).orElse(List.of()).stream()
                .map(PermissionRequest::permission)
                .toList();
        List<String> more = Permissions.of(before).changesTo(Permissions.of(asked)).stream()
                .filter(Permissions.Change::asksForMore)
                .flatMap(change -> change.after().stream())
                .map(Permission::toString)
                .toList();
        return JsonObject.of(
                "signed", report.signer().isPresent(),
                "publisher", report.signer().map(Signer::name).orElse(manifest.publisher()),
                "fingerprint", report.signer().map(Signer::fingerprint).orElse(""),
                "registry", "",
                "size", report.sizeBytes(),
                "license", "",
                "requires", manifest.requires().toString(),
                "previous", previous.map(one -> one.version().toString()).orElse(""),
                "permissions", asked.stream().map(Permission::toString).toList(),
                "added", more,
                "billed", report.bill().isPresent(),
                "components", report.bill().map(BillOfMaterials::references).orElse(List.of()));
    }
}
