package dev.agentos.verifier;

import dev.agentos.spi.PermissionKind;
import dev.agentos.spi.PermissionRequest;
import dev.agentos.spi.PermissionSyntaxException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Pattern;

/** Reads META-INF/MANIFEST.MF and says what is wrong with it. */
final class ManifestReader {

    static final String PATH = "META-INF/MANIFEST.MF";
    /** The longest manifest, in bytes; bnd's own stay below 64 KiB. */
    static final int MAX_BYTES = 1 << 20;

    private static final int MAX_DEPENDENCIES = 100;
    private static final int MAX_TITLE = 100;
    private static final int MAX_DESCRIPTION = 2_000;
    private static final int MAX_CHANGELOG = 4_000;
    private static final int MAX_TAGS = 20;
    private static final Pattern TAG = Pattern.compile("[a-z0-9][a-z0-9-]{0,29}");
    /** Headers by which a bundle would run with, or join, the framework itself, or link what it does not name. */
    private static final List<String> REFUSED_HEADERS = List.of(
            "Bundle-Activator",
            "ExtensionBundle-Activator",
            "Fragment-Host",
            "Require-Bundle",
            "DynamicImport-Package");

    private final Attributes headers;
    private final Findings findings;

    private ManifestReader(Attributes headers, Findings findings) {
        this.headers = headers;
        this.findings = findings;
    }

    /** The main attributes; empty, with a finding, when the bytes are no manifest. */
    static Optional<Attributes> headers(byte[] bytes, Findings findings) {
        if (isReadInTwoWays(bytes)) {
            findings.error(
                    "MAN001",
                    PATH + " has a line that ends with a carriage return alone, or a continued line where none began.",
                    "Let the build tool write it.");
            return Optional.empty();
        }
        Optional<String> repeated = repeatedHeader(bytes);
        if (repeated.isPresent()) {
            findings.error(
                    "MAN003",
                    PATH + " has the header " + ArchiveStructure.printable(repeated.get()) + " more than once.",
                    "Keep one.");
            return Optional.empty();
        }
        try {
            return Optional.of(new Manifest(new ByteArrayInputStream(bytes)).getMainAttributes());
        } catch (IOException | IllegalArgumentException e) {
            findings.error(
                    "MAN001",
                    PATH + " cannot be read: " + ArchiveStructure.printable(String.valueOf(e.getMessage())) + ".",
                    "Let the build tool write it.");
            return Optional.empty();
        }
    }

    /** The manifest of those headers; empty when a header without which there is none is missing or wrong. */
    static Optional<PluginManifest> read(Attributes headers, String sha512, Findings findings) {
        return new ManifestReader(headers, findings).read(sha512);
    }

    /**
     * Whether the framework would read other headers than are checked here. To Java a carriage return alone ends a
     * line, and an empty line the headers; the framework takes the first for a part of a value, and looks behind an
     * empty line for its continuation.
     */
    private static boolean isReadInTwoWays(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
        return text.indexOf('\r') >= 0 || text.contains("\n\n ");
    }

    private static Optional<String> repeatedHeader(byte[] bytes) {
        Set<String> seen = new HashSet<>();
        // Latin-1 keeps every byte; header names are ASCII.
        for (String line : new String(bytes, StandardCharsets.ISO_8859_1).split("\r\n|\n|\r", -1)) {
            if (line.isEmpty()) {
                return Optional.empty();
            }
            int colon = line.indexOf(':');
            if (!line.startsWith(" ")
                    && colon > 0
                    && !seen.add(line.substring(0, colon).toLowerCase(Locale.ROOT))) {
                return Optional.of(line.substring(0, colon));
            }
        }
        return Optional.empty();
    }

    private Optional<PluginManifest> read(String sha512) {
        int before = findings.errorCount();
        Optional<String> id = required("Plugin-Id", PluginManifest::checkedId, "Plugin-Id: my-plugin");
        Optional<SemanticVersion> version = required("Plugin-Version", SemanticVersion::parse, "Plugin-Version: 1.0.0");
        Optional<VersionRange> requires = recommended(
                "Plugin-Requires",
                VersionRange::parseRequirement,
                VersionRange.ANY,
                "Plugin-Requires: >=1.0.0 & <2.0.0");
        Optional<PluginKind> kind = recommended(
                "AgentOS-Plugin-Kind", PluginKind::ofWord, PluginKind.EXTENSION, "AgentOS-Plugin-Kind: tool");
        Optional<String> description =
                recommended("Plugin-Description", text -> text(text, MAX_DESCRIPTION), "", "a sentence or two");
        Optional<String> publisher = recommended("Plugin-Provider", text -> text(text, MAX_TITLE), "", "who offers it");
        Optional<String> title =
                recommended("AgentOS-Title", text -> text(text, MAX_TITLE), id.orElse(""), "the name for people");
        Optional<List<String>> tags = optional("AgentOS-Tags", ManifestReader::tags, List.of());
        Optional<String> changelog = optional("AgentOS-Changelog", text -> text(text, MAX_CHANGELOG), "");
        List<PluginDependency> dependencies = dependencies(id);
        List<PermissionRequest> permissions = permissions();
        id.ifPresent(this::checkSymbolicName);
        version.ifPresent(this::checkBundleVersion);
        checkRefusedHeaders(permissions);
        checkImports(!dependencies.isEmpty());
        if (findings.errorCount() > before) {
            return Optional.empty();
        }
        return Optional.of(new PluginManifest(
                id.orElseThrow(),
                version.orElseThrow(),
                title.orElseThrow(),
                description.orElseThrow(),
                publisher.orElseThrow(),
                kind.orElseThrow(),
                tags.orElseThrow(),
                changelog.orElseThrow(),
                requires.orElseThrow(),
                dependencies,
                permissions,
                sha512));
    }

    private Optional<String> header(String name) {
        return Optional.ofNullable(headers.getValue(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    private <T> Optional<T> required(String name, Function<String, T> parser, String example) {
        Optional<String> value = header(name);
        if (value.isEmpty()) {
            findings.error("MAN002", PATH + " has no header " + name + ".", "Add it, as in '" + example + "'.");
            return Optional.empty();
        }
        return parsed(name, value.get(), parser);
    }

    private <T> Optional<T> recommended(String name, Function<String, T> parser, T otherwise, String example) {
        Optional<String> value = header(name);
        if (value.isEmpty()) {
            findings.warning("MAN005", PATH + " has no header " + name + ".", "Add it: " + example + ".");
            return Optional.of(otherwise);
        }
        return parsed(name, value.get(), parser);
    }

    private <T> Optional<T> optional(String name, Function<String, T> parser, T otherwise) {
        return header(name).map(value -> parsed(name, value, parser)).orElseGet(() -> Optional.of(otherwise));
    }

    private static List<String> tags(String value) {
        List<String> tags =
                Arrays.stream(value.split(",")).map(String::strip).distinct().toList();
        Optional<String> wrong =
                tags.stream().filter(tag -> !TAG.matcher(tag).matches()).findFirst();
        if (wrong.isPresent() || tags.size() > MAX_TAGS) {
            throw new IllegalArgumentException("at most " + MAX_TAGS
                    + " tags of 1 to 30 of a-z, 0-9 and - are read, not '" + wrong.orElse(value) + "'");
        }
        return tags;
    }

    private <T> Optional<T> parsed(String name, String value, Function<String, T> parser) {
        try {
            return Optional.of(parser.apply(value));
        } catch (IllegalArgumentException e) {
            findings.error(
                    "MAN002",
                    "Header " + name + ": " + ArchiveStructure.printable(String.valueOf(e.getMessage())) + ".",
                    "Correct the header.");
            return Optional.empty();
        }
    }

    private static String text(String value, int longest) {
        if (value.length() > longest) {
            throw new IllegalArgumentException("it has " + value.length() + " characters, at most " + longest + " fit");
        }
        if (value.codePoints()
                .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE)) {
            throw new IllegalArgumentException("it has control characters");
        }
        return value;
    }

    private List<PluginDependency> dependencies(Optional<String> id) {
        List<PluginDependency> dependencies = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        String[] items =
                header("Plugin-Dependencies").map(value -> value.split(",")).orElseGet(() -> new String[0]);
        if (items.length > MAX_DEPENDENCIES) {
            findings.error(
                    "MAN002",
                    "Header Plugin-Dependencies names " + items.length + " plugins; at most " + MAX_DEPENDENCIES
                            + " fit.",
                    "Depend on fewer.");
            return List.of();
        }
        for (String item : items) {
            parsed("Plugin-Dependencies", item.strip(), PluginDependency::parse).ifPresent(dependency -> {
                if (!ids.add(dependency.id())
                        || id.filter(dependency.id()::equals).isPresent()) {
                    findings.error(
                            "MAN002",
                            "Header Plugin-Dependencies names " + dependency.id() + " twice, or is that plugin's own.",
                            "Name each other plugin once.");
                }
                dependencies.add(dependency);
            });
        }
        return dependencies;
    }

    private List<PermissionRequest> permissions() {
        try {
            return header(PermissionRequest.HEADER)
                    .map(PermissionRequest::parseHeader)
                    .orElse(List.of());
        } catch (PermissionSyntaxException e) {
            boolean never = e.fault() == PermissionSyntaxException.Fault.NEVER_GRANTABLE;
            findings.error(
                    never ? "PRM002" : "PRM001",
                    ArchiveStructure.printable(String.valueOf(e.getMessage())) + ".",
                    e.action());
            return List.of();
        }
    }

    private void checkSymbolicName(String id) {
        String name = header("Bundle-SymbolicName")
                .map(value -> value.split(";", 2)[0].strip())
                .orElse("");
        if (!name.equals(id) || !header("Bundle-ManifestVersion").equals(Optional.of("2"))) {
            findings.error(
                    "MAN004",
                    "Plugin-Id is " + id + ", but the bundle's headers say '" + ArchiveStructure.printable(name)
                            + "' with Bundle-ManifestVersion '"
                            + ArchiveStructure.printable(
                                    header("Bundle-ManifestVersion").orElse("")) + "'.",
                    "Write Bundle-ManifestVersion: 2 and Bundle-SymbolicName: " + id + ".");
        }
    }

    private void checkBundleVersion(SemanticVersion version) {
        String bundleVersion = header("Bundle-Version").orElse("");
        String numbers = version.numbers();
        // OSGi has no pre-releases; what they become (a qualifier) differs between tools, so only numbers must agree.
        if (!bundleVersion.equals(numbers) && !bundleVersion.startsWith(numbers + ".")) {
            findings.error(
                    "MAN004",
                    "Plugin-Version is " + version + ", but Bundle-Version is '"
                            + ArchiveStructure.printable(bundleVersion) + "'.",
                    "Write Bundle-Version: " + numbers + ", or that with a qualifier behind another dot.");
        }
    }

    private void checkRefusedHeaders(List<PermissionRequest> permissions) {
        for (String name : REFUSED_HEADERS) {
            if (header(name).isPresent()) {
                findings.error(
                        "MAN006", PATH + " has the header " + name + ", which a plugin may not use.", "Remove it.");
            }
        }
        boolean mayLoadNative =
                permissions.stream().anyMatch(request -> request.permission().kind() == PermissionKind.NATIVE_LOAD);
        if (header("Bundle-NativeCode").isPresent() && !mayLoadNative) {
            findings.error(
                    "MAN006",
                    PATH + " has the header Bundle-NativeCode without the permission native.load.",
                    "Declare native.load with the path of the libraries.");
        }
    }

    /** What no host offers would be refused when the plugin is loaded, which an author should not hear last. */
    private void checkImports(boolean dependent) {
        Set<String> own = new HashSet<>();
        for (String clause : split(header("Export-Package").orElse(""), ',')) {
            split(clause, ';').stream().filter(part -> part.indexOf('=') < 0).forEach(own::add);
        }
        for (String clause : split(header("Import-Package").orElse(""), ',')) {
            List<String> parts = split(clause, ';');
            String range = attribute(parts, "version")
                    .or(() -> attribute(parts, "specification-version"))
                    .orElse("0");
            boolean optional =
                    attribute(parts, "resolution:").filter("optional"::equals).isPresent();
            parts.stream()
                    .filter(part -> part.indexOf('=') < 0)
                    .filter(name -> !optional && !own.contains(name))
                    // A plugin that is depended on may bring it, but never one of the host's.
                    .filter(name ->
                            !dependent || HostPackages.offered().containsKey(name) || HostPackages.reserves(name))
                    .forEach(name -> checkImport(name, range));
        }
    }

    private void checkImport(String name, String range) {
        try {
            if (HostPackages.offers(name, range)) {
                return;
            }
        } catch (IllegalArgumentException e) {
            findings.error(
                    "IMP001",
                    "Header Import-Package, at " + ArchiveStructure.printable(name) + ": "
                            + ArchiveStructure.printable(String.valueOf(e.getMessage())) + ".",
                    "Write a range as in version=\"[1.0,2)\".");
            return;
        }
        List<String> offered = HostPackages.offered().get(name);
        if (offered == null) {
            findings.error(
                    "IMP001",
                    "Header Import-Package names " + ArchiveStructure.printable(name)
                            + ", which neither the host nor the plugin itself offers.",
                    "Embed the library that has it, import it with resolution:=optional, or leave it out with !"
                            + ArchiveStructure.printable(name) + ".");
        } else {
            findings.error(
                    "IMP001",
                    "Header Import-Package wants " + name + " in a version of " + ArchiveStructure.printable(range)
                            + "; the host offers "
                            + (offered.isEmpty() ? "it without a version" : String.join(" and ", offered)) + ".",
                    "Build with the host's version of it, and let the build tool write the range.");
        }
    }

    private static Optional<String> attribute(List<String> parts, String name) {
        return parts.stream()
                .filter(part -> part.startsWith(name + "="))
                .map(part -> part.substring(name.length() + 1).replace("\"", "").strip())
                .findFirst();
    }

    /** The parts between the separators that are not quoted, without those that are empty. */
    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || (text.charAt(i) == separator && !quoted)) {
                parts.add(text.substring(start, i).strip());
                start = i + 1;
            } else if (text.charAt(i) == '"') {
                quoted = !quoted;
            }
        }
        parts.removeIf(String::isEmpty);
        return parts;
    }
}
