package dev.agentos.pluginbill;

import static org.assertj.core.api.Assertions.assertThat;

import aQute.bnd.osgi.Builder;
import aQute.bnd.osgi.Jar;
import aQute.bnd.osgi.Resource;
import dev.agentos.verifier.bill.BillOfMaterials;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What bnd makes of small class paths, read as a server reads it. */
class PluginBillTest {

    private static final String COPIED = "dev/agentos/pluginbill/PartId.class";

    @TempDir
    private Path directory;

    private Path embedded;
    private Path copied;
    private Path unused;

    @BeforeEach
    void writeClassPath() throws IOException {
        embedded = jar("org/example/some/1.2.0/some-1.2.0.jar", Map.of("some.txt", bytes("some")));
        copied = jar("org/example/copied/2.0.0/copied-2.0.0.jar", Map.of(COPIED, ownClass()));
        unused = jar("org/example/unused/3.0.0/unused-3.0.0.jar", Map.of("org/example/Unused.class", ownClass()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] ownClass() throws IOException {
        try (InputStream in = PluginBillTest.class.getResourceAsStream("/" + COPIED)) {
            return Optional.ofNullable(in).orElseThrow().readAllBytes();
        }
    }

    private Path jar(String name, Map<String, byte[]> entries) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                out.putNextEntry(new ZipEntry(entry.getKey()));
                out.write(entry.getValue());
                out.closeEntry();
            }
        }
        return file;
    }

    private Builder builder(String resources) throws Exception {
        Builder builder = new Builder();
        builder.setBase(directory.toFile());
        builder.setClasspath(new File[] {embedded.toFile(), copied.toFile(), unused.toFile()});
        builder.setProperty("Bundle-SymbolicName", "weather");
        builder.setProperty("project.groupId", "org.example");
        builder.setProperty("project.artifactId", "weather");
        builder.setProperty("project.version", "0.1.0");
        builder.setProperty(
                "project.artifacts",
                "[org.example:some:jar:1.2.0:compile, org.example:copied:jar:2.0.0:compile,"
                        + " org.example:unused:jar:3.0.0:provided]");
        builder.setProperty("-resourceonly", "true");
        builder.setProperty("-plugin.bill", PluginBill.class.getName());
        if (!resources.isEmpty()) {
            builder.setProperty("-includeresource", resources);
        }
        return builder;
    }

    private static String document(Builder builder) throws Exception {
        try (builder) {
            Jar jar = builder.build();
            assertThat(builder.getErrors()).isEmpty();
            Resource found = jar.getResource(PluginBill.PLACE);
            return found == null ? "" : new String(found.openInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static BillOfMaterials read(String document) {
        return BillOfMaterials.parse(bytes(document));
    }

    private static String sha256(Path file) throws IOException {
        return ClassPath.sha256(new ByteArrayInputStream(Files.readAllBytes(file)));
    }

    @Test
    void aLibraryIsListedByItsArtifactAndDigest() throws Exception {
        BillOfMaterials bill = read(document(builder("lib/renamed.jar=" + embedded)));
        assertThat(bill.references()).containsExactly("pkg:maven/org.example/some@1.2.0?type=jar");
        assertThat(bill.hashes()).isEqualTo(Set.of(sha256(embedded)));
    }

    @Test
    void whatClassesWereCopiedFromIsListedAndWhatIsOnlyLinkedIsNot() throws Exception {
        Builder builder = builder("");
        builder.setProperty("-resourceonly", "false");
        builder.setProperty("-privatepackage", "dev.agentos.pluginbill");
        assertThat(read(document(builder)).references()).containsExactly("pkg:maven/org.example/copied@2.0.0?type=jar");
    }

    @Test
    void aFileOfNoArtifactIsWhatItSaysOrWhatItIsCalled() throws Exception {
        Path told = jar("told.jar", Map.of("META-INF/maven/org.told/told/pom.properties", properties("told", "4.0")));
        Path silent = jar("silent.jar", Map.of("a.txt", bytes("a")));
        Path together = jar(
                "org/example/some/1.2.0/some-1.2.0.jar",
                Map.of(
                        "META-INF/maven/org.example/some/pom.properties",
                        bytes("groupId=org.example\nartifactId=some\nversion=1.2.0\n"),
                        "META-INF/maven/org.told/inner/pom.properties",
                        properties("inner", "5.0")));
        BillOfMaterials bill =
                read(document(builder("lib/a.jar=" + told + ",lib/b-1.jar=" + silent + ",lib/c.jar=" + together)));
        assertThat(bill.references())
                .containsExactly(
                        "pkg:maven/org.told/told@4.0?type=jar",
                        "b-1",
                        "pkg:maven/org.example/some@1.2.0?type=jar",
                        "pkg:maven/org.told/inner@5.0?type=jar");
        assertThat(bill.hashes()).isEqualTo(Set.of(sha256(told), sha256(silent), sha256(together)));
    }

    private static byte[] properties(String artifact, String version) {
        return bytes("groupId=org.told\nartifactId=" + artifact + "\nversion=" + version + "\n");
    }

    @Test
    void whatTheBuildDoesNotShowIsNamed() throws Exception {
        Builder builder = builder("");
        builder.setProperty("plugin.parts", " pkg:npm/%40scope/name@1.0.0 ,\tpkg:generic/weights ");
        String document = document(builder);
        assertThat(read(document).references()).containsExactly("pkg:npm/%40scope/name@1.0.0", "pkg:generic/weights");
        assertThat(document).contains("\"group\": \"@scope\", \"name\": \"name\", \"version\": \"1.0.0\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"some", "pkg:", "pkg:maven", "pkg:maven/", "pkg:maven//x@1", "http://example.org/x@1"})
    void whatIsNoPackageUrlFailsTheBuild(String part) throws Exception {
        try (Builder builder = builder("")) {
            builder.setProperty("plugin.parts", part);
            builder.build();
            assertThat(builder.getErrors()).singleElement().asString().contains("plugin.parts", "'" + part + "'");
        }
    }

    @Test
    void aPluginOfNothingElseSaysSoAndTheSameBytesEachTime() throws Exception {
        String document = document(builder(""));
        assertThat(read(document).components()).isEmpty();
        assertThat(document)
                .isEqualTo(document(builder("")))
                .contains("\"purl\": \"pkg:maven/org.example/weather@0.1.0?type=jar\"")
                .doesNotContain("serialNumber", "timestamp");
    }

    @ParameterizedTest
    @ValueSource(strings = {"META-INF/bom.json", "META-INF/sbom/mine.cdx.json"})
    void aDocumentOfTheProjectIsKeptAlone(String place) throws Exception {
        Path own = Files.writeString(directory.resolve("own.json"), "{}");
        assertThat(document(builder(place + "=" + own + ",lib/some.jar=" + embedded)))
                .isEmpty();
    }

    @Test
    void textOfAnyKindIsQuoted() {
        PartId odd = new PartId("a\"b", "c\\d\n", "1", Optional.empty());
        assertThat(read(BillDocument.of(odd, List.of(Part.of(odd)))).references())
                .containsExactly("c\\d\n@1");
    }
}
