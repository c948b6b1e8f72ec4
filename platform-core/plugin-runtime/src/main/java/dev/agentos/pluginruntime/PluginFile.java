package dev.agentos.pluginruntime;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.pluginruntime.internal.DeclaredSchemas;
import dev.agentos.pluginruntime.internal.Verification;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.verifier.Finding;
import dev.agentos.verifier.PluginManifest;
import dev.agentos.verifier.PluginVerifier;
import dev.agentos.verifier.SemanticVersion;
import dev.agentos.verifier.Signer;
import dev.agentos.verifier.VerificationReport;
import dev.agentos.verifier.VerifiedClasses;
import dev.agentos.verifier.bill.BillOfMaterials;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pf4j.ManifestPluginDescriptorFinder;
import org.pf4j.PluginDependency;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginRuntimeException;

/**
 * A plugin's JAR as its manifest describes it; nothing of it is loaded.
 *
 * @param path where the file is
 * @param plugin its id, version and digest
 * @param manifest its declarations in PF4J's form
 * @param permissions what it asks for
 * @param signer who signed it; empty when nobody did, or it was not verified here
 * @param registry the fingerprint of the key of the registry that it was just downloaded from; empty for an upload, and
 *     for what comes from the server's own registry
 * @param classes which of its classes may be loaded; none when it was not verified here
 * @param settings the JSON Schema of its configuration; empty when it says nothing of it
 * @param bill what it says it is made of; empty when it says nothing
 */
record PluginFile(
        Path path,
        PluginVersion plugin,
        PluginDescriptor manifest,
        List<PermissionRequest> permissions,
        Optional<Signer> signer,
        String registry,
        VerifiedClasses classes,
        JsonObject settings,
        Optional<BillOfMaterials> bill) {

    /** The header that names the JSON Schema of its configuration, a file in the JAR. */
    static final String SETTINGS = "AgentOS-Settings";

    private static final int LONGEST_SCHEMA = 64 * 1024;

    /** PF4J's reading of a manifest, whatever the file is called. */
    private static final class Descriptors extends ManifestPluginDescriptorFinder {
        PluginDescriptor of(Manifest manifest) {
            return createPluginDescriptor(manifest);
        }
    }

    /**
     * Verifies a JAR and reads its manifest.
     *
     * @param ran of which digests nothing is asked that was not asked when they came into force
     * @throws AgentOsException {@code plugin:VERIFICATION_FAILED} with each finding, or what {@link #read} says
     */
    static PluginFile verified(Path path, Verification verification, Predicate<String> ran) {
        VerificationReport report = verification.verify(path);
        refuse(report.errors());
        PluginFile file = of(path, report);
        if (!ran.test(file.plugin().sha512())) {
            DeclaredSchemas.require(file.plugin(), file.settings());
        }
        return file;
    }

    private static void refuse(List<Finding> errors) {
        if (!errors.isEmpty()) {
            List<Fault> faults = errors.stream()
                    .map(finding -> new Fault("", finding.ruleId(), finding.message()))
                    .toList();
            throw new InvalidInputException(
                    PluginErrorCode.VERIFICATION_FAILED,
                    "The plugin was refused: "
                            + faults.stream().map(Fault::message).limit(3).collect(Collectors.joining(" ")),
                    "Report it to the plugin's author.",
                    faults);
        }
    }

    /**
     * Verifies the code of an installed JAR again; who signed it was decided when it was installed.
     *
     * @throws AgentOsException as {@link #verified} says
     */
    static PluginFile verifiedAgain(Path path, PluginVerifier verifier) {
        VerificationReport report = verifier.verify(path);
        refuse(report.errors().stream()
                .filter(finding -> !finding.ruleId().startsWith("SIG"))
                .toList());
        return of(path, report);
    }

    private static PluginFile of(Path path, VerificationReport report) {
        PluginFile file = read(path);
        if (!file.plugin().sha512().equals(report.sha512())) {
            throw new AgentOsException(
                    PluginErrorCode.DIGEST_CHANGED,
                    "The plugin's file changed while it was being verified.",
                    "Install it again, from a file that nobody writes to.");
        }
        return new PluginFile(
                path,
                file.plugin,
                file.manifest,
                file.permissions,
                report.signer(),
                "",
                report.classes(),
                file.settings,
                file.bill);
    }

    /** The same file, as it came from a registry. */
    PluginFile from(String origin) {
        return new PluginFile(path, plugin, manifest, permissions, signer, origin, classes, settings, bill);
    }

    /**
     * Reads a JAR's manifest.
     *
     * @throws AgentOsException {@code plugin:INVALID_PLUGIN} saying what is missing or refused
     */
    static PluginFile read(Path path) {
        String sha512 = PluginFiles.sha512(path);
        try (JarFile jar = new JarFile(path.toFile())) {
            Manifest manifest = jar.getManifest();
            if (manifest == null) {
                throw invalid("it has no manifest");
            }
            Attributes main = manifest.getMainAttributes();
            String id = text(main, "Plugin-Id");
            String version = text(main, "Plugin-Version");
            String symbolicName =
                    text(main, "Bundle-SymbolicName").split(";", 2)[0].strip();
            if (!symbolicName.equals(id)) {
                throw invalid("Bundle-SymbolicName '" + symbolicName + "' is not Plugin-Id '" + id + "'");
            }
            String permissions = main.getValue(PermissionRequest.HEADER);
            return new PluginFile(
                    path,
                    new PluginVersion(id, version, sha512),
                    new Descriptors().of(manifest),
                    permissions == null ? List.of() : PermissionRequest.parseHeader(permissions),
                    Optional.empty(),
                    "",
                    VerifiedClasses.NONE,
                    settings(jar, main.getValue(SETTINGS)),
                    bill(jar));
        } catch (IOException | PluginRuntimeException e) {
            throw new AgentOsException(
                    PluginErrorCode.INVALID_PLUGIN, "The file is not a readable JAR.", "Send a plugin's JAR.", e);
        } catch (IllegalArgumentException e) {
            throw new AgentOsException(
                    PluginErrorCode.INVALID_PLUGIN,
                    "The plugin's permissions cannot be read: " + e.getMessage() + ".",
                    "Report it to the plugin's author.",
                    e);
        }
    }

    private static JsonObject settings(JarFile jar, @Nullable String name) throws IOException {
        if (name == null) {
            return JsonObject.EMPTY;
        }
        JarEntry entry = jar.getJarEntry(name.strip());
        if (entry == null || entry.isDirectory()) {
            throw invalid("it has no file " + name.strip() + ", which its header " + SETTINGS + " names");
        }
        try (InputStream in = jar.getInputStream(entry)) {
            byte[] bytes = in.readNBytes(LONGEST_SCHEMA + 1);
            if (bytes.length > LONGEST_SCHEMA) {
                throw invalid(name.strip() + " is longer than " + LONGEST_SCHEMA + " bytes");
            }
            return Json.parseObject(new String(bytes, StandardCharsets.UTF_8));
        } catch (AgentOsException e) {
            throw e.errorCode() instanceof PluginErrorCode ? e : invalid(name.strip() + " is no JSON object");
        }
    }

    /** What is no document was refused before the file was kept, unless it was kept before anybody looked. */
    private static Optional<BillOfMaterials> bill(JarFile jar) throws IOException {
        try {
            return BillOfMaterials.of(jar);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** What a file that nobody has looked at yet calls itself, for people: uploads are stored under made-up names. */
    static String name(Path path) {
        try (JarFile jar = new JarFile(path.toFile())) {
            Manifest manifest = jar.getManifest();
            Attributes main = manifest == null ? new Attributes() : manifest.getMainAttributes();
            return PluginManifest.checkedId(text(main, "Plugin-Id")) + " "
                    + SemanticVersion.parse(text(main, "Plugin-Version"));
        } catch (IOException | IllegalArgumentException | AgentOsException e) {
            // Why it is none, the verifier says.
            return "the file";
        }
    }

    /** The ids of the plugins that it cannot do without. */
    List<String> dependencies() {
        return manifest.getDependencies().stream()
                .filter(dependency -> !dependency.isOptional())
                .map(PluginDependency::getPluginId)
                .toList();
    }

    /** What its manifest says it is; may be empty. */
    String description() {
        return manifest.getPluginDescription() == null ? "" : manifest.getPluginDescription();
    }

    /** What it says of itself at length, in Markdown by whoever wrote it. */
    Optional<String> readme() {
        try {
            return PluginManifest.readme(path);
        } catch (IOException e) {
            throw new AgentOsException(
                    PluginErrorCode.INVALID_PLUGIN,
                    "The file of plugin " + plugin + " cannot be read.",
                    "Install it again.",
                    e);
        }
    }

    private static String text(Attributes main, String header) {
        String value = main.getValue(header);
        if (value == null || value.isBlank()) {
            throw invalid("its manifest has no " + header);
        }
        return value.strip();
    }

    private static AgentOsException invalid(String why) {
        return new AgentOsException(
                PluginErrorCode.INVALID_PLUGIN,
                "The file is not a plugin: " + why + ".",
                "Send a JAR that was built as a plugin.");
    }
}
