package dev.agentos.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.AgentOsException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signed JARs and what can be wrong with them; keys and signatures are the platform's own. */
class SignatureTest {

    private static final String PASSWORD = PublisherKey.NO_PASSWORD;

    @TempDir
    private static Path keys;

    @TempDir
    private Path directory;

    @BeforeAll
    static void makeKeys() {
        key("one", 1000, 0);
        key("other", 1000, 0);
    }

    private static PublisherKey key(String name, int days, int start) {
        return PublisherKey.create(
                keys.resolve(name + ".p12"), name, PASSWORD, Duration.ofDays(days), Duration.ofDays(start));
    }

    private static PublisherKey key(String name) {
        return PublisherKey.open(keys.resolve(name + ".p12"), PASSWORD);
    }

    private Path plugin(String name) throws IOException {
        Map<String, String> headers = RawZip.headers();
        headers.put("Plugin-Description", "The plugin " + name);
        RawZip zip = RawZip.plugin(headers);
        zip.add("text/some.txt", "some text of " + name);
        zip.add("text/more.txt", "more text");
        return Files.write(directory.resolve(name + ".jar"), zip.bytes());
    }

    private Path signed(String name, PublisherKey key) throws IOException {
        Path jar = plugin(name);
        key.sign(jar, jar);
        return jar;
    }

    private static VerificationReport verify(Path jar) {
        return new PluginVerifier().verify(jar);
    }

    private static VerificationReport verify(Path jar, Set<String> revoked) {
        return new PluginVerifier(VerifierLimits.DEFAULT, InstantSource.system(), () -> revoked).verify(jar);
    }

    /** Writes the JAR anew with its entries changed; not with java.util.jar, which would write its own manifest. */
    private Path changed(Path jar, Change change) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(Files.readAllBytes(jar)))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.put(entry.getName(), in.readAllBytes());
            }
        }
        change.apply(entries);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
        return Files.write(directory.resolve("changed.jar"), out.toByteArray());
    }

    @FunctionalInterface
    private interface Change {
        void apply(Map<String, byte[]> entries) throws IOException;
    }

    private void refused(Path jar, String rule, String... words) {
        VerificationReport report = verify(jar);
        assertThat(report.accepted()).as(report.toText()).isFalse();
        assertThat(report.signer()).isEmpty();
        assertThat(report.errors())
                .allSatisfy(finding -> assertThat(finding.ruleId()).isEqualTo(rule));
        for (String word : words) {
            assertThat(report.errors())
                    .as(report.toText())
                    .anySatisfy(finding -> assertThat(finding.message()).contains(word));
        }
    }

    private static byte[] contents(Map<String, byte[]> entries, String name) {
        return Objects.requireNonNull(entries.get(name), name);
    }

    private static byte[] taken(Map<String, byte[]> entries, String name) {
        return Objects.requireNonNull(entries.remove(name), name);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void knowsWhoSigned() throws IOException {
        VerificationReport report = verify(signed("sample", key("one")));
        assertThat(report.accepted()).as(report.toText()).isTrue();
        assertThat(report.findings()).isEmpty();
        Signer signer = report.signer().orElseThrow();
        assertThat(signer.name()).isEqualTo("one");
        assertThat(signer.fingerprint()).isEqualTo(key("one").fingerprint()).matches("[0-9a-f]{64}");
        assertThat(report.toText()).contains("accepted, signed by one (");
        VerificationReport unsigned = verify(plugin("plain"));
        assertThat(unsigned.accepted()).isTrue();
        assertThat(unsigned.signer()).isEmpty();
        assertThat(unsigned.toText()).contains("not signed");
    }

    @Test
    void namesEveryEntryThatWasAltered() throws IOException {
        Path jar = signed("sample", key("one"));
        Set<String> covered = covered(jar);
        assertThat(covered)
                .contains("text/some.txt", "META-INF/extensions.idx")
                .anyMatch(name -> name.endsWith(".class"));
        for (String name : covered) {
            refused(
                    changed(jar, entries -> {
                        byte[] contents = contents(entries, name).clone();
                        contents[contents.length - 1] ^= 1;
                        entries.put(name, contents);
                    }),
                    "SIG001",
                    name);
        }
        refused(changed(jar, entries -> entries.put("text/new.txt", bytes("new"))), "SIG001", "text/new.txt", "added");
        refused(changed(jar, entries -> entries.remove("text/more.txt")), "SIG001", "text/more.txt", "removed");
        refused(
                changed(jar, entries -> entries.put("text/renamed.txt", taken(entries, "text/more.txt"))),
                "SIG001",
                "text/renamed.txt",
                "text/more.txt");
    }

    /** The entries whose contents are signed: all but the signature itself and what it is about, the manifest. */
    private Set<String> covered(Path jar) throws IOException {
        Map<String, byte[]> all = new LinkedHashMap<>();
        changed(jar, all::putAll);
        all.keySet()
                .removeIf(name -> name.endsWith("/")
                        || List.of("META-INF/MANIFEST.MF", "META-INF/AGENTOS.SF", "META-INF/AGENTOS.EC")
                                .contains(name));
        return all.keySet();
    }

    @Test
    void takesWhatTheJdksToolsSigned() throws Exception {
        Path store = directory.resolve("acme.p12");
        tool(
                "keytool",
                "-genkeypair",
                "-keyalg",
                "Ed25519",
                "-alias",
                "acme",
                "-dname",
                "CN=acme",
                "-validity",
                "900",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                "password");
        Path jar = plugin("sample");
        tool("jarsigner", "-keystore", store.toString(), "-storepass", "password", jar.toString(), "acme");

        VerificationReport report = verify(jar);

        assertThat(report.accepted()).as(report.toText()).isTrue();
        assertThat(report.findings()).isEmpty();
        assertThat(report.signer().orElseThrow().name()).isEqualTo("acme");
        Path altered = changed(jar, entries -> entries.put("text/some.txt", bytes("other")));
        refused(altered, "SIG001", "text/some.txt");
    }

    private void tool(String name, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", name).toString()));
        command.addAll(List.of(arguments));
        Path output = directory.resolve(name + ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor()).as(Files.readString(output)).isZero();
    }

    @Test
    void refusesAManifestThatWasEdited() throws IOException {
        Path jar = signed("sample", key("one"));
        refused(
                changed(jar, entries -> edit(entries, "Plugin-Version: 1.2.0", "Plugin-Version: 1.2.0\r\nX-More: y")),
                "SIG001",
                "META-INF/MANIFEST.MF");
        refused(
                changed(jar, entries -> {
                    edit(entries, "Name: text/more.txt", "Name: text/gone.txt");
                    entries.put("text/gone.txt", taken(entries, "text/more.txt"));
                }),
                "SIG001",
                "text/gone.txt");
    }

    private static void edit(Map<String, byte[]> entries, String from, String to) {
        String manifest = new String(contents(entries, "META-INF/MANIFEST.MF"), StandardCharsets.UTF_8);
        assertThat(manifest).contains(from);
        entries.put("META-INF/MANIFEST.MF", bytes(manifest.replace(from, to)));
    }

    @Test
    void refusesTheSignatureOfAnotherPluginAndASecondOne() throws IOException {
        Path other = signed("other", key("one"));
        Path jar = signed("sample", key("one"));
        Map<String, byte[]> foreign = new LinkedHashMap<>();
        changed(other, foreign::putAll);
        refused(
                changed(
                        jar,
                        entries -> List.of("META-INF/AGENTOS.SF", "META-INF/AGENTOS.EC")
                                .forEach(name -> entries.put(name, contents(foreign, name)))),
                "SIG001");
        refused(
                changed(jar, entries -> {
                    entries.put("META-INF/SECOND.SF", contents(entries, "META-INF/AGENTOS.SF"));
                    entries.put("META-INF/SECOND.EC", contents(entries, "META-INF/AGENTOS.EC"));
                }),
                "SIG001",
                "2 signatures");
        Path plain = plugin("plain");
        refused(
                changed(
                        plain,
                        entries -> List.of("META-INF/AGENTOS.SF", "META-INF/AGENTOS.EC")
                                .forEach(name -> entries.put(name, contents(foreign, name)))),
                "SIG001");
    }

    @Test
    void signingAgainReplacesTheSignature() throws IOException {
        Path jar = signed("sample", key("one"));
        key("other").sign(jar, jar);
        assertThat(verify(jar).signer().orElseThrow().name()).isEqualTo("other");
    }

    @Test
    void judgesCertificatesByTheirTime() throws IOException {
        refused(signed("old", key("expired", 5, -10)), "SIG002", "expired at");
        refused(signed("new", key("early", 100, 10)), "SIG003", "valid from");
        VerificationReport soon = verify(signed("soon", key("soon", 20, 0)));
        assertThat(soon.accepted()).isTrue();
        assertThat(soon.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.ruleId()).isEqualTo("SIG005");
            assertThat(finding.severity()).isEqualTo(Finding.Severity.WARNING);
        });
        Instant later = Instant.now().plus(Duration.ofDays(30));
        VerificationReport then =
                new PluginVerifier(VerifierLimits.DEFAULT, () -> later, Set::of).verify(directory.resolve("soon.jar"));
        assertThat(then.errors()).extracting(Finding::ruleId).containsExactly("SIG002");
    }

    @Test
    void refusesARevokedCertificate() throws IOException {
        Path jar = signed("sample", key("one"));
        VerificationReport report = verify(jar, Set.of(key("one").fingerprint()));
        assertThat(report.errors()).extracting(Finding::ruleId).containsExactly("SIG004");
        assertThat(verify(jar, Set.of(key("other").fingerprint())).accepted()).isTrue();
    }

    @Test
    void keepsKeysForTheirOwner() throws IOException {
        Path file = keys.resolve("one.p12");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThatThrownBy(() -> PublisherKey.open(file, "another password"))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(VerifierErrorCode.KEY_UNUSABLE));
        assertThatThrownBy(() -> key("one", 10, 0)).hasMessageContaining("exists");
        assertThatThrownBy(() -> PublisherKey.create(
                        keys.resolve("x.p12"), "a, O=b", PASSWORD, Duration.ofDays(1), Duration.ZERO))
                .hasMessageContaining("is no name");
        assertThatThrownBy(() ->
                        key("one").sign(Files.writeString(directory.resolve("no.jar"), "x"), directory.resolve("y")))
                .isInstanceOf(AgentOsException.class);
        assertThat(directory.resolve("y")).doesNotExist();
    }

    /** The platform leaves these names unsigned, whatever is in them. */
    @Test
    void namesWhatOnlyLooksLikeAPartOfTheSignature() throws IOException {
        Path jar = signed("sample", key("one"));
        for (String name : List.of("META-INF/SIG-X.txt", "META-INF/OTHER.SF", "META-INF/sig-any")) {
            refused(changed(jar, entries -> entries.put(name, bytes("anything"))), "SIG001", name);
        }
    }

    @Test
    void aKeyIsNeverMadeOverAnother() {
        assertThatThrownBy(() -> key("one", 10, 0))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("exists");
        assertThatThrownBy(() -> key("absent"))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("there is no such file");
        assertThat(PublisherKey.password(Map.of("AGENTOS_SIGNING_PASSWORD", "secret")))
                .isEqualTo("secret");
        assertThat(PublisherKey.password(Map.of())).isEqualTo(PublisherKey.NO_PASSWORD);
    }

    @Test
    void whatIsSignedIsReadableAsBefore() throws IOException {
        Path jar = plugin("shared");
        Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-r--r--"));
        key("one").sign(jar, jar);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(jar)))
                .isEqualTo("rw-r--r--");
    }
}
