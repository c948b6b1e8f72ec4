package dev.agentos.registryservice;

import dev.agentos.kernel.Yaml;
import dev.agentos.policy.Decision;
import dev.agentos.policy.MemoryPolicyStore;
import dev.agentos.policy.Policies;
import dev.agentos.policy.PolicyDocument;
import dev.agentos.policy.PolicyErrorCode;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.spi.Permissions;
import dev.agentos.verifier.PluginManifest;
import dev.agentos.verifier.Signer;
import dev.agentos.verifier.VerificationReport;
import dev.agentos.verifier.internal.BillOfMaterials;
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
    static final PublishRules NONE = new PublishRules(new Policies(new MemoryPolicyStore(), InstantSource.system()));

    private static final Logger LOG = LoggerFactory.getLogger(PublishRules.class);

    private final Policies policies;

    private PublishRules(Policies policies) {
        this.policies = policies;
    }

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
        Policies policies = new Policies(new MemoryPolicyStore(), clock);
        policies.put(
                Optional.empty(),
                "registry",
                PolicyDocument.read(document),
                0,
                new Policies.Author("file", Optional.empty()),
                false);
        return new PublishRules(policies);
    }

    /**
     * Passes unless a rule denies it.
     *
     * @param previous the newest release before
     * @throws AgentOsException {@code policy:DENIED} naming the rule
     */
    void require(VerificationReport report, PluginManifest manifest, Optional<Release> previous) {
        String id = manifest.id();
        String what = "to publish " + id + " " + manifest.version();
        Decision decision = policies.decide(new PolicyQuestion(
                PolicyPoint.PUBLISH,
                Optional.empty(),
                Map.of("plugin", id),
                () -> JsonObject.of(
                        "plugin",
                        JsonObject.of("id", id, "version", manifest.version().toString()),
                        "release",
                        release(report, manifest, previous))));
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
