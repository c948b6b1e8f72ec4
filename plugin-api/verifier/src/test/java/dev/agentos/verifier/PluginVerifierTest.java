package dev.agentos.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PluginVerifierTest {

    @TempDir
    private Path directory;

    private VerificationReport verify(RawZip zip) {
        return verify(zip.bytes());
    }

    private VerificationReport verify(byte[] bytes) {
        return verify(bytes, VerifierLimits.DEFAULT);
    }

    private VerificationReport verify(byte[] bytes, VerifierLimits limits) {
        try {
            Path jar = directory.resolve("sample.jar");
            Files.write(jar, bytes);
            return new PluginVerifier(limits).verify(jar);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private VerificationReport verifyWith(String header, String value) {
        Map<String, String> headers = RawZip.headers();
        headers.put(header, value);
        return verify(RawZip.plugin(headers));
    }

    private static List<String> errors(VerificationReport report) {
        assertThat(report.accepted()).as(report.toText()).isFalse();
        return report.errors().stream().map(Finding::ruleId).distinct().toList();
    }

    private static byte[] ordinaryJar(Map<String, byte[]> contents) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : contents.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        }
        return out.toByteArray();
    }

    @Test
    void acceptsASoundPluginAndReadsItsManifest() {
        Map<String, String> headers = RawZip.headers();
        headers.put("Plugin-Dependencies", "other@>=1.0.0, extra?@^2.1");
        headers.put("AgentOS-Permissions", "net.connect;target=\"a.example:443\";reason=\"to ask, often\"");
        headers.put("AgentOS-Tags", "sample, test");
        headers.put("AgentOS-Changelog", "Reads more.");
        VerificationReport report = verify(RawZip.plugin(headers));

        assertThat(report.accepted()).as(report.toText()).isTrue();
        assertThat(report.findings()).isEmpty();
        PluginManifest manifest = report.manifest().orElseThrow();
        assertThat(manifest.id()).isEqualTo("sample");
        assertThat(manifest.version()).isEqualTo(SemanticVersion.parse("1.2.0"));
        assertThat(manifest.kind()).isEqualTo(PluginKind.TOOL);
        assertThat(manifest.tags()).containsExactly("sample", "test");
        assertThat(manifest.changelog()).isEqualTo("Reads more.");
        assertThat(manifest.requires().contains(SemanticVersion.parse("0.1.0"))).isTrue();
        assertThat(manifest.dependencies())
                .extracting(PluginDependency::toString)
                .containsExactly("other@>=1.0.0", "extra?@^2.1");
        assertThat(manifest.permissions())
                .singleElement()
                .satisfies(request -> assertThat(request.permission()).hasToString("net.connect a.example:443"));
        assertThat(manifest.sha512()).isEqualTo(report.sha512()).matches("[0-9a-f]{128}");
        assertThat(report.toJson().toString()).contains("\"accepted\":true", "\"risk\":\"MEDIUM\"");
    }

    @Test
    void acceptsWhatTheJdkWritesWithALibraryInside() throws IOException {
        byte[] library = ordinaryJar(Map.of("lib/Thing.class", RawZip.classFile("lib.Thing")));
        byte[] jar = ordinaryJar(Map.of(
                "META-INF/MANIFEST.MF",
                RawZip.manifest(RawZip.headers()).getBytes(StandardCharsets.UTF_8),
                "META-INF/extensions.idx",
                "lib.Thing".getBytes(StandardCharsets.UTF_8),
                "libs/thing.jar",
                library,
                "empty.txt",
                new byte[0],
                "directory/",
                new byte[0]));
        VerificationReport report = verify(jar);
        assertThat(report.accepted()).as(report.toText()).isTrue();
    }

    @Test
    void refusesWhatIsNoArchiveAndEveryTruncation() {
        byte[] whole = RawZip.plugin(RawZip.headers()).bytes();
        assertThat(errors(verify(new byte[0]))).containsExactly("JAR001");
        assertThat(errors(verify("no archive".getBytes(StandardCharsets.UTF_8))))
                .containsExactly("JAR001");
        for (int length = 0; length < whole.length; length += 7) {
            assertThat(errors(verify(Arrays.copyOf(whole, length)))).containsExactly("JAR001");
        }
    }

    @Test
    void neverFailsOrAcceptsSilentlyWhenABitIsFlipped() {
        byte[] whole = RawZip.plugin(RawZip.headers()).bytes();
        String digest = verify(whole).sha512();
        long seed = 20260101;
        Random random = new Random(seed);
        for (int i = 0; i < 400; i++) {
            byte[] changed = whole.clone();
            changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
            VerificationReport report = verify(changed);
            assertThat(report.sha512()).as("seed %d, round %d", seed, i).isNotEqualTo(digest);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../evil",
                "a/../../evil",
                "/evil",
                "a\\evil",
                "C:/evil",
                "c:evil",
                "a//b",
                "./a",
                "a/.",
                "a\nb",
                ""
            })
    void refusesPathsThatEscape(String path) {
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.add(path, "x");
        assertThat(errors(verify(zip))).containsExactly("JAR002");
    }

    @Test
    void refusesPathsThatAreNotText() {
        RawZip zip = RawZip.plugin(RawZip.headers());
        RawZip.Entry entry = zip.add("x", "x");
        entry.localName = new byte[] {(byte) 0xff};
        entry.centralName = entry.localName;
        assertThat(errors(verify(zip))).containsExactly("JAR002");
    }

    @ParameterizedTest
    @CsvSource({"a,a", "a/b,A/b", "a,a/", "stra\u00dfe,STRASSE", "\u00e9,e\u0301"})
    void refusesNamesThatClash(String one, String other) {
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.add(one, "");
        zip.add(other, "");
        assertThat(errors(verify(zip))).containsExactly("JAR003");
    }

    @Test
    void refusesABombByItsDeclaredSizes() {
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.add("zeros", new byte[3 << 20]);
        assertThat(errors(verify(zip))).containsExactly("JAR004");
    }

    @Test
    void refusesABombThatLiesAboutItsSize() {
        RawZip zip = RawZip.plugin(RawZip.headers());
        RawZip.Entry entry = zip.add("zeros", new byte[3 << 20]);
        entry.localSize = 100;
        entry.centralSize = 100;
        assertThat(errors(verify(zip))).containsExactly("JAR001");
    }

    @Test
    void refusesOverlappingEntries() {
        RawZip zip = RawZip.plugin(RawZip.headers());
        RawZip.Entry entry = zip.add("once", "contents");
        RawZip.Entry twin = zip.add("twin", "contents");
        int offset = new String(zip.bytes(), StandardCharsets.ISO_8859_1).indexOf("once") - 30;
        twin.offset = offset;
        twin.localName = entry.localName;
        twin.centralName = "twin".getBytes(StandardCharsets.UTF_8);
        assertThat(errors(verify(zip))).containsAnyOf("JAR004", "JAR005");
    }

    @Test
    void countsEntriesSizesAndLevelsOfEverythingInside() {
        RawZip inner = new RawZip();
        inner.add("a", new byte[600]);
        inner.add("b", new byte[600]);
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.add("lib/inner.jar", inner.bytes());
        byte[] bytes = zip.bytes();
        assertThat(verify(bytes).accepted()).isTrue();
        assertThat(errors(verify(bytes, new VerifierLimits(1 << 20, 5, 1 << 20, 100, 1))))
                .containsExactly("JAR004");
        assertThat(errors(verify(bytes, new VerifierLimits(1 << 20, 100, 1_500, 100, 1))))
                .containsExactly("JAR004");
        assertThat(errors(verify(bytes, new VerifierLimits(1 << 20, 100, 1 << 20, 100, 0))))
                .containsExactly("JAR004");
        assertThat(errors(verify(bytes, new VerifierLimits(100, 100, 1 << 20, 100, 1))))
                .containsExactly("JAR004");
    }

    @Test
    void refusesALocalHeaderThatSaysOtherThings() {
        RawZip renamed = RawZip.plugin(RawZip.headers());
        renamed.add("harmless", "x").centralName = "harmful!".getBytes(StandardCharsets.UTF_8);
        assertThat(errors(verify(renamed))).containsExactly("JAR005");

        RawZip resized = RawZip.plugin(RawZip.headers());
        resized.add("harmless", "x").localSize = 7;
        assertThat(errors(verify(resized))).containsExactly("JAR005");
    }

    @Test
    void refusesBytesThatBelongToNoEntry() {
        RawZip hidden = new RawZip();
        hidden.add("example/Hidden.class", "x");
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.entries.getFirst().behind = Arrays.copyOf(hidden.bytes(), 40);
        assertThat(errors(verify(zip))).containsExactly("JAR005");
    }

    @Test
    void refusesADirectoryThatCountsWrong() {
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.countOffset = -1;
        assertThat(errors(verify(zip))).containsExactly("JAR001");
        zip.countOffset = 1;
        assertThat(errors(verify(zip))).containsExactly("JAR001");
    }

    @Test
    void refusesLinksAndDevices() {
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.add("link", "/etc/passwd").unixMode = 0xA1FF;
        zip.add("device", "").unixMode = 0x61FF;
        assertThat(errors(verify(zip))).containsExactly("JAR006");
    }

    @Test
    void refusesEncryptedAndOddlyCompressedEntries() {
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.add("secret", "x").flags |= 1;
        zip.add("odd", "x").method = 12;
        assertThat(errors(verify(zip))).containsExactly("JAR007");
    }

    @Test
    void refusesAJarWithoutItsManifest() {
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.entries.removeFirst();
        assertThat(errors(verify(zip))).containsExactly("MAN001");
        zip.add("meta-inf/manifest.mf", RawZip.manifest(RawZip.headers()));
        assertThat(errors(verify(zip))).containsExactly("MAN001");
    }

    @Test
    void refusesAHugeManifest() {
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.entries.removeFirst();
        byte[] noise = new byte[ManifestReader.MAX_BYTES + 1];
        new Random(1).nextBytes(noise);
        zip.add("META-INF/MANIFEST.MF", noise);
        assertThat(errors(verify(zip))).containsExactly("MAN001");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Plugin-Id|Upper",
                "Plugin-Id|a",
                "Plugin-Id|''",
                "Plugin-Version|1.2",
                "Plugin-Version|1.2.0+build",
                "Plugin-Requires|soon",
                "Plugin-Dependencies|other@",
                "Plugin-Dependencies|a-1@x.y.z.w",
                "Plugin-Dependencies|twice,twice",
                "Plugin-Dependencies|sample",
                "AgentOS-Tags|fine,Not Fine",
                "AgentOS-Plugin-Kind|toaster"
            })
    void refusesWrongHeaders(String header, String value) {
        if (value.equals("other@")) {
            assertThat(verifyWith(header, value).accepted())
                    .as("no range is any version")
                    .isTrue();
        } else {
            assertThat(errors(verifyWith(header, value))).contains("MAN002");
        }
    }

    @Test
    void refusesAHeaderThatIsThereTwice() {
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.entries.removeFirst();
        zip.add("META-INF/MANIFEST.MF", "plugin-id: other\r\n" + RawZip.manifest(RawZip.headers()));
        assertThat(errors(verify(zip))).contains("MAN003");
    }

    @ParameterizedTest
    @CsvSource({
        "Bundle-SymbolicName,other,MAN004",
        "Bundle-Version,1.3.0,MAN004",
        "Bundle-Version,1.2.01,MAN004",
        "Bundle-ManifestVersion,1,MAN004",
        "Fragment-Host,system.bundle,MAN006",
        "Bundle-Activator,example.Tool,MAN006",
        "Bundle-NativeCode,lib.so,MAN006",
        "AgentOS-Permissions,everything,PRM001",
        "AgentOS-Permissions,net.*;target=\"a:1\",PRM001",
        "AgentOS-Permissions,fs.read;target=\"a,PRM001",
        "AgentOS-Permissions,jvm.exit;reason=\"to stop\",PRM002",
        "Export-Package,dev.agentos.spi,CLS002",
        "Export-Package,com.fasterxml.jackson.databind;version=\"9.0\",EXP001",
        "Export-Package,org.slf4j;version=\"9.0\";uses:=x,EXP001",
        "Export-Package,org.w3c.dom,EXP001"
    })
    void refusesContradictionsAndUnknownPermissions(String header, String value, String rule) {
        assertThat(errors(verifyWith(header, value))).containsExactly(rule);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dev.agentos.spi;version=\"[1.0,2)\"",
                "dev.agentos.spi;version=1,org.slf4j;org.slf4j.spi;version=\"[2.0,3)\",javax.crypto",
                "com.fasterxml.jackson.databind;version=\"(2.0,2.999]\";x=\"a,b;c\"",
                "javax.sql;version=\"[0,1)\"",
                "not.here;resolution:=optional,not.there;version=9;resolution:=\"optional\"",
            })
    void acceptsImportsOfWhatTheHostOffers(String imports) {
        VerificationReport report = verifyWith("Import-Package", imports);
        assertThat(report.accepted()).as(report.toText()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dev.agentos.spi,not.here | not.here, which neither",
                "not.here;version=\"[1,2)\";uses:=\"dev.agentos.spi,java.util\" | not.here, which neither",
                "org.osgi.framework | org.osgi.framework, which neither",
                "org.slf4j;not.here;version=2.0 | not.here, which neither",
                "dev.agentos.spi;version=\"[2.0,3)\" | the host offers 1.1.0",
                "dev.agentos.spi;version=\"(1.1,2)\" | the host offers 1.1.0",
                "dev.agentos.spi;version=\"[0.9,1.1.0)\" | the host offers 1.1.0",
                "dev.agentos.spi;version=1.1.0.x | the host offers 1.1.0",
                "javax.net;version=1 | it without a version",
                "org.slf4j;version=\"[2\" | is no range",
                "org.slf4j;version=new | is no version",
            })
    void refusesImportsThatNobodyOffers(String imports, String told) {
        VerificationReport report = verifyWith("Import-Package", imports);
        assertThat(errors(report)).containsExactly("IMP001");
        assertThat(report.errors())
                .singleElement()
                .satisfies(finding -> assertThat(finding.message()).contains(told));
    }

    @Test
    void whatAPluginExportsOrDependsOnMayBeImported() {
        Map<String, String> own = RawZip.headers();
        own.put("Import-Package", "sample.api;version=\"[1,2)\"");
        own.put("Export-Package", "other,sample.api;version=\"1.0.0\"");
        assertThat(verify(RawZip.plugin(own)).accepted()).isTrue();

        Map<String, String> dependent = RawZip.headers();
        dependent.put("Plugin-Dependencies", "base@>=1.0.0");
        dependent.put("Import-Package", "base.api");
        assertThat(verify(RawZip.plugin(dependent)).accepted()).isTrue();
        dependent.put("Import-Package", "base.api,org.osgi.framework,org.slf4j;version=9");
        assertThat(verify(RawZip.plugin(dependent)).errors())
                .extracting(Finding::ruleId)
                .containsExactly("IMP001", "IMP001");
    }

    @Test
    void acceptsAnExportThatUsesTheHostsPackages() {
        String exports = "example;version=\"1.0\";uses:=\"other,dev.agentos.spi,javax.net.ssl\"";
        assertThat(verifyWith("Export-Package", exports).accepted()).isTrue();
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.add("javax/inject/Inject.class", RawZip.classFile("javax.inject.Inject"));
        assertThat(verify(zip).accepted()).isTrue();
        zip.add("javax/crypto/Cipher.class", RawZip.classFile("javax.crypto.Cipher"));
        assertThat(errors(verify(zip))).containsExactly("CLS002");
    }

    @Test
    void warnsOfHeadersThatAPersonWouldMiss() {
        Map<String, String> headers = RawZip.headers();
        headers.keySet().removeAll(List.of("Plugin-Description", "AgentOS-Title"));
        VerificationReport report = verify(RawZip.plugin(headers));
        assertThat(report.accepted()).isTrue();
        assertThat(report.findings()).extracting(Finding::ruleId).containsExactly("MAN005", "MAN005");
        assertThat(report.manifest().orElseThrow().title()).isEqualTo("sample");
    }

    @Test
    void refusesAReadmeThatIsTooLongOrNoText() {
        RawZip longest = RawZip.plugin(RawZip.headers());
        longest.add(PluginManifest.README, "ä".repeat(PluginManifest.MAX_README_BYTES / 2));
        assertThat(verify(longest).accepted()).isTrue();
        RawZip longer = RawZip.plugin(RawZip.headers());
        longer.add(PluginManifest.README, "x".repeat(PluginManifest.MAX_README_BYTES + 1));
        assertThat(errors(verify(longer))).containsExactly("DOC001");
        RawZip bytes = RawZip.plugin(RawZip.headers());
        bytes.add(PluginManifest.README, new byte[] {'#', ' ', (byte) 0xff, (byte) 0xfe});
        assertThat(errors(verify(bytes))).containsExactly("DOC001");
    }

    @Test
    void refusesAMissingOrWrongExtensionIndex() {
        RawZip without = RawZip.plugin(RawZip.headers());
        without.entries.remove(1);
        assertThat(errors(verify(without))).containsExactly("EXT001");
        without.add("META-INF/extensions.idx", "example.Gone");
        VerificationReport report = verify(without);
        assertThat(errors(report)).containsExactly("EXT001");
        assertThat(report.errors().getFirst().message()).contains("example.Gone");
    }

    @Test
    void refusesClassesThatCannotBeRead() {
        byte[] sound = RawZip.classFile("example.More");
        byte[] newer = sound.clone();
        newer[7] = 99;
        byte[] preview = sound.clone();
        preview[4] = (byte) 0xff;
        preview[5] = (byte) 0xff;
        for (byte[] contents : List.of(new byte[3], newer, preview, Arrays.copyOf(sound, sound.length / 2))) {
            RawZip zip = RawZip.plugin(RawZip.headers());
            zip.add("example/More.class", contents);
            assertThat(errors(verify(zip))).containsExactly("CLS001");
        }
    }

    @Test
    void refusesClassesOfTheHostAlsoInsideALibrary() {
        RawZip library = new RawZip();
        library.add("dev/agentos/spi/Tool.class", RawZip.classFile("dev.agentos.spi.Tool"));
        RawZip zip = RawZip.plugin(RawZip.headers());
        zip.add("lib/shadow.jar", library.bytes());
        zip.add("dev/agentos/spiced/Fine.class", RawZip.classFile("dev.agentos.spiced.Fine"));
        VerificationReport report = verify(zip);
        assertThat(errors(report)).containsExactly("CLS002");
        assertThat(report.errors().getFirst().message()).contains("lib/shadow.jar", "dev.agentos.spi.Tool");
    }

    @Test
    void keepsAReportShortAndSaysSo() {
        RawZip zip = RawZip.plugin(RawZip.headers());
        for (int i = 0; i < 500; i++) {
            zip.add("../" + i, "");
        }
        VerificationReport report = verify(zip);
        assertThat(report.findings()).hasSize(VerificationReport.MAX_FINDINGS);
        assertThat(report.findings().getLast().message()).contains("301 more");
        assertThat(report.accepted()).isFalse();
    }

    @Test
    void leavesNoTemporaryFilesAndSaysWhenThereIsNoFile() throws IOException {
        acceptsWhatTheJdkWritesWithALibraryInside();
        try (Stream<Path> left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(left).noneMatch(path -> path.getFileName().toString().startsWith("agentos-verifier-"));
        }
        assertThatThrownBy(() -> new PluginVerifier().verify(directory.resolve("absent.jar")))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(VerifierErrorCode.FILE_UNREADABLE));
    }
}
