package dev.agentos.verifier.bill;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * What a plugin says it is made of: the CycloneDX documents in its JAR, in JSON. It is a claim of whoever built the
 * JAR; the digests in it are compared with what the JAR holds.
 *
 * @param components all of them, also those inside of others, in the order of the documents
 */
public record BillOfMaterials(List<Component> components) {

    /** The longest document that is read, in bytes. */
    public static final int MAX_BYTES = 4 << 20;

    private static final int MOST_COMPONENTS = 10_000;
    private static final int LONGEST_TEXT = 2_000;
    private static final String FOLDER = "META-INF/sbom/";
    private static final String ALONE = "META-INF/bom.json";

    public BillOfMaterials {
        components = List.copyOf(components);
    }

    /**
     * A part.
     *
     * @param name of the part, without its group
     * @param version empty when it has none
     * @param purl the package URL by which it is known everywhere
     * @param hashes of its file, in lower-case hexadecimal digits of any algorithm
     */
    public record Component(String name, String version, Optional<String> purl, Set<String> hashes) {
        public Component {
            hashes = Set.copyOf(hashes);
        }

        /** Its package URL, as in {@code pkg:maven/org.example/lib@1.0.0}; without one {@code lib@1.0.0}. */
        public String reference() {
            return purl.orElse(version.isEmpty() ? name : name + "@" + version);
        }
    }

    /** Whether a document stands at that place of a JAR. */
    public static boolean isAt(String entry) {
        return entry.equals(ALONE) || (entry.startsWith(FOLDER) && entry.endsWith(".json"));
    }

    /** The parts as rules and pages name them, each once. */
    public List<String> references() {
        return components.stream().map(Component::reference).distinct().toList();
    }

    /** The digests that it gives of files. */
    public Set<String> hashes() {
        Set<String> found = new HashSet<>();
        components.forEach(component -> found.addAll(component.hashes()));
        return found;
    }

    /** What this and another document list. */
    public BillOfMaterials and(BillOfMaterials other) {
        List<Component> all = new ArrayList<>(components);
        all.addAll(other.components);
        return new BillOfMaterials(all);
    }

    /** What a verified JAR lists; empty when it holds no document. */
    public static Optional<BillOfMaterials> of(JarFile jar) throws IOException {
        Optional<BillOfMaterials> found = Optional.empty();
        for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
            JarEntry entry = entries.nextElement();
            if (isAt(entry.getName())) {
                BillOfMaterials read;
                try (InputStream in = jar.getInputStream(entry)) {
                    read = parse(in.readNBytes(MAX_BYTES));
                }
                found = Optional.of(found.map(before -> before.and(read)).orElse(read));
            }
        }
        return found;
    }

    /**
     * Reads a CycloneDX document.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static BillOfMaterials parse(byte[] document) {
        JsonValue value;
        try {
            value = JsonValue.parse(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(document))
                    .toString());
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("it is not written in UTF-8", e);
        }
        if (!(value instanceof JsonObject bill)
                || !bill.text("bomFormat").equals(Optional.of("CycloneDX"))
                || bill.text("specVersion").isEmpty()) {
            throw new IllegalArgumentException("it is no object with bomFormat CycloneDX and a specVersion");
        }
        List<Component> found = new ArrayList<>();
        add(bill, found);
        return new BillOfMaterials(found);
    }

    private static void add(JsonObject holder, List<Component> found) {
        for (JsonValue one : list(holder, "components")) {
            if (!(one instanceof JsonObject component)
                    || text(component, "name").isEmpty()) {
                throw new IllegalArgumentException("a component of it is no object with a name");
            }
            Optional<String> purl = text(component, "purl");
            if (purl.isPresent() && !purl.get().startsWith("pkg:")) {
                throw new IllegalArgumentException("a purl of it does not begin with pkg:");
            }
            if (found.size() == MOST_COMPONENTS) {
                throw new IllegalArgumentException("it lists more than " + MOST_COMPONENTS + " components");
            }
            found.add(new Component(
                    text(component, "name").orElseThrow(),
                    text(component, "version").orElse(""),
                    purl,
                    hashes(component)));
            add(component, found);
        }
    }

    private static Set<String> hashes(JsonObject component) {
        Set<String> found = new HashSet<>();
        for (JsonValue one : list(component, "hashes")) {
            found.add(Optional.of(one)
                    .filter(JsonObject.class::isInstance)
                    .flatMap(hash -> text((JsonObject) hash, "content"))
                    .filter(content -> content.matches("[0-9a-fA-F]{32,128}"))
                    .orElseThrow(() -> new IllegalArgumentException("a hash of it is not in hexadecimal digits"))
                    .toLowerCase(Locale.ROOT));
        }
        return found;
    }

    private static List<JsonValue> list(JsonObject holder, String name) {
        return switch (holder.members().get(name)) {
            case null -> List.of();
            case JsonArray list -> list.items();
            default -> throw new IllegalArgumentException("its " + name + " are no list");
        };
    }

    private static Optional<String> text(JsonObject holder, String name) {
        return switch (holder.members().get(name)) {
            case null -> Optional.empty();
            case JsonString(String text) when text.length() <= LONGEST_TEXT && !text.isBlank() -> Optional.of(text);
            case JsonString(String text) when text.isBlank() -> Optional.empty();
            default -> throw new IllegalArgumentException("a " + name + " of it is no text, or too long a one");
        };
    }
}
