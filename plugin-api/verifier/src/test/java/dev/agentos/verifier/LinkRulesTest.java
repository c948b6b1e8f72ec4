package dev.agentos.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.Permission;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What classes link, from sources that the platform's own compiler compiled. */
class LinkRulesTest {

    @TempDir
    private Path directory;

    private VerificationReport verify(Map<String, String> sources, String permissions) {
        return verify(sources, Map.of(), permissions);
    }

    private VerificationReport verify(Map<String, String> own, Map<String, String> library, String permissions) {
        Map<String, String> headers = RawZip.headers();
        if (!permissions.isEmpty()) {
            headers.put("AgentOS-Permissions", permissions);
        }
        RawZip zip = RawZip.plugin(headers);
        Sources.compile(directory, own).forEach(zip::add);
        if (!library.isEmpty()) {
            RawZip nested = new RawZip();
            Sources.compile(directory, library).forEach(nested::add);
            zip.add("lib/some.jar", nested.bytes());
        }
        try {
            Path jar = directory.resolve("sample.jar");
            Files.write(jar, zip.bytes());
            return new PluginVerifier().verify(jar);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private VerificationReport body(String body, String permissions) {
        return verify(
                Map.of(
                        "p.Evil",
                        "package p; public class Evil { Object act(Object x) throws Throwable { " + body + " } }"),
                permissions);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "System.exit(1); return x;|java.lang.System.exit|jvm.exit",
                "Runnable r = () -> Runtime.getRuntime().halt(1); return r;|java.lang.Runtime.halt|jvm.exit",
                "java.util.function.IntConsumer c = System::exit; return c;|java.lang.System.exit|jvm.exit",
                "java.util.Locale.setDefault(java.util.Locale.ROOT); return x;|java.util.Locale.setDefault|jvm.global",
                "return sun.misc.Unsafe.class;|sun.misc.Unsafe|reflect.core",
                "return jdk.internal.misc.Unsafe.getUnsafe();|jdk.internal.misc.Unsafe.getUnsafe|not for plugins",
                "return java.rmi.Naming.lookup(\"x\");|java.rmi.Naming.lookup|not for plugins",
                "return java.io.FileDescriptor.in;|java.io.FileDescriptor.in|fs.fd",
                "return Thread.getAllStackTraces();|java.lang.Thread.getAllStackTraces|thread.control",
                "return new java.beans.Expression(x, \"m\", null);|java.beans.Expression|reflect.trampoline"
            })
    void refusesWhatNoPluginMayUse(String body, String target, String reason) {
        VerificationReport report = body(body, "");
        assertThat(report.accepted()).as(report.toText()).isFalse();
        assertThat(report.errors())
                .allMatch(finding -> finding.ruleId().equals("LNK001"))
                .anySatisfy(finding -> assertThat(finding.message()).contains("p.Evil.", target, reason));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "return Runtime.getRuntime().exec(\"x\");|process.exec|process.exec;target=\"/bin/x\"",
                "return new ProcessBuilder(\"x\").start();|process.exec|process.exec;target=\"/bin/x\"",
                "java.util.function.Supplier<Object> s = () -> System.getenv(); return"
                        + " s.get();|env.read|env.read;target=\"*\"",
                "return java.nio.file.Files.readString(java.nio.file.Path.of(\"x\"));|fs.read|fs.read;target=\"/**\"",
                "return new java.io.FileOutputStream(\"x\");|fs.write|fs.write;target=\"/**\"",
                "return new java.net.Socket(\"x\", 1);|net.connect|net.connect;target=\"*:*\"",
                "return java.net.http.HttpClient.newHttpClient();|jdk.group net-http|net.connect;target=\"*:*\"",
                "return new java.io.ObjectInputStream(null).readObject();|deserialize|deserialize",
                "x.getClass().getMethod(\"x\").setAccessible(true); return x;|reflect.deep|reflect.deep",
                "return java.lang.foreign.Arena.ofAuto();|native.memory|native.memory",
                "System.load(\"x\"); return x;|native.load|native.load;target=\"/x\"",
                "return java.sql.DriverManager.getConnection(\"x\");|jdk.group sql|jdk.group;target=\"sql\"",
                "return javax.xml.parsers.SAXParserFactory.newInstance();|jdk.group xml|jdk.group;target=\"xml\""
            })
    void refusesWhatIsNotDeclaredAndAcceptsWhatIs(String body, String need, String permissions) {
        VerificationReport undeclared = body(body, "");
        assertThat(undeclared.accepted()).as(undeclared.toText()).isFalse();
        assertThat(undeclared.errors())
                .allMatch(finding -> finding.ruleId().equals("LNK002"))
                .anySatisfy(finding -> assertThat(finding.message()).contains("p.Evil.", need, "is not declared"));
        VerificationReport declared = body(body, permissions);
        assertThat(declared.accepted()).as(declared.toText()).isTrue();
    }

    /** The host's thread that interrupts a call would run what closes the channel. */
    @ParameterizedTest
    @ValueSource(strings = {"spi.AbstractInterruptibleChannel", "FileChannel"})
    void noPluginMakesAChannelOfItsOwnThatAnInterruptCloses(String channel) {
        VerificationReport report = verify(
                Map.of(
                        "p.Trap",
                        "package p; public abstract class Trap extends java.nio.channels." + channel
                                + " { protected void implCloseChannel() { while (true) {} } }"),
                "");
        assertThat(report.errors())
                .extracting(Finding::message)
                .contains("p.Trap.<init> uses java.nio.channels." + channel
                        + ", which no plugin may use (thread.control).");
    }

    @Test
    void saysWhichMethodItIs() {
        VerificationReport report = body("return Runtime.getRuntime().exec(\"x\");", "");
        assertThat(report.errors())
                .extracting(Finding::message)
                .contains("p.Evil.act uses java.lang.Runtime.exec, but 'process.exec' is not declared.");
    }

    @Test
    void followsWhatIsInheritedThroughThePluginsOwnClasses() {
        Map<String, String> sources = new HashMap<>();
        sources.put("p.Base", "package p; public class Base extends ClassLoader { protected Base() { super(null); } }");
        sources.put(
                "p.Loader",
                "package p; public class Loader extends Base { Class<?> make(byte[] b) {"
                        + " return defineClass(\"x\", b, 0, b.length); } }");
        assertThat(verify(sources, "").errors())
                .extracting(Finding::message)
                .anyMatch(message -> message.contains("p.Base.<init> uses java.lang.ClassLoader, but"))
                .anyMatch(message -> message.contains("p.Loader uses p.Loader.defineClass"));
        sources.put(
                "p.Base",
                "package p; public class Base { Class<?> defineClass(String n, byte[] b, int f, int t) {"
                        + " return Base.class; } }");
        assertThat(verify(sources, "").accepted()).isTrue();
    }

    @Test
    void notesWhatIsDecidedAtRunTime() {
        VerificationReport report = body("return Class.forName(\"x\").getMethod(\"y\").invoke(x, new Object[0]);", "");
        assertThat(report.accepted()).as(report.toText()).isTrue();
        assertThat(report.findings()).extracting(Finding::ruleId).containsExactly("LNK003", "LNK003");
    }

    @Test
    void ofLibrariesHoldsBackWhatNothingChecksLater() {
        Map<String, String> library = Map.of(
                "other.Quiet", "package other; public class Quiet { int x() { return 1; } }",
                "other.Reader",
                        "package other; public class Reader { Object x() throws Exception {"
                                + " return java.nio.file.Files.readString(java.nio.file.Path.of(\"x\")); } }",
                "other.Sql", "package other; public class Sql { java.sql.Date x() { return new java.sql.Date(1); } }",
                "other.Exit", "package other; public class Exit { void x() { System.exit(1); } }");
        VerificationReport report = verify(Map.of(), library, "");
        assertThat(report.accepted()).as(report.toText()).isTrue();
        assertThat(report.findings())
                .extracting(finding -> finding.severity() + " " + finding.ruleId())
                .containsExactlyInAnyOrder("WARNING LNK001", "WARNING LNK002", "WARNING LNK002", "WARNING SBM001");
        Map<String, byte[]> classes = Sources.compile(directory, library);
        assertThat(classes)
                .allSatisfy((path, bytes) -> assertThat(
                                report.classes().loadable(List.of()).contains(VerifiedClasses.digest(bytes)))
                        .as(path)
                        .isEqualTo(path.matches("other/(Quiet|Reader).class")));
    }

    @Test
    void aDeclaredGroupIsLoadedOnlyWhenItIsGranted() {
        Map<String, String> own =
                Map.of("p.Sql", "package p; public class Sql { java.sql.Date x() { return new java.sql.Date(1); } }");
        VerificationReport report = verify(own, "jdk.group;target=\"sql\";reason=\"dates\";optional:=true");
        assertThat(report.accepted()).as(report.toText()).isTrue();
        String digest = VerifiedClasses.digest(
                Sources.compile(directory, own).values().iterator().next());
        assertThat(report.classes().loadable(List.of())).doesNotContain(digest);
        List<Permission> granted = List.of(Permission.parse("jdk.group sql"));
        assertThat(report.classes().loadable(granted)).contains(digest);
        VerifiedClasses read = VerifiedClasses.parse(report.classes().toLines());
        assertThat(read).isEqualTo(report.classes());
        assertThat(read.loadable(granted)).contains(digest);
    }

    @Test
    void explainsKnownLibraries() {
        Map<String, String> library = Map.of(
                "okhttp3.Client",
                "package okhttp3; public class Client { Object x() throws Exception {"
                        + " return new java.net.Socket(\"x\", 1); } }");
        VerificationReport report = verify(library, "");
        assertThat(report.accepted()).as(report.toText()).isTrue();
        assertThat(report.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.severity()).isEqualTo(Finding.Severity.NOTE);
            assertThat(finding.message()).contains("OkHttp opens connections");
            assertThat(finding.action()).contains("declare net.connect with the servers that you call");
        });
    }

    @Test
    void refusesGroupsThatThereAreNot() {
        VerificationReport report = verify(Map.of(), "jdk.group;target=\"everything\";reason=\"x\"");
        assertThat(report.errors()).singleElement().satisfies(finding -> {
            assertThat(finding.ruleId()).isEqualTo("PRM003");
            assertThat(finding.action()).contains("net-http", "sql", "xml");
        });
    }

    /** A class of the same name elsewhere in the JAR, which has the member itself, hides nothing. */
    @Test
    void aDecoyInANestedJarHidesNoInheritedMember() {
        Map<String, String> own = Map.of(
                "p.Parent",
                "package p; public class Parent extends java.io.FileInputStream {"
                        + " public Parent() throws java.io.IOException { super(\"x\"); } }",
                "p.Evil",
                "package p; public class Evil { Object act(Parent x) throws Exception { return x.getFD(); } }");
        VerificationReport alone = verify(own, Map.of(), "");
        assertThat(alone.errors())
                .as(alone.toText())
                .anySatisfy(finding -> assertThat(finding.message()).contains("p.Evil", "getFD"));
        Map<String, String> decoy = Map.of(
                "p.Parent",
                "package p; public class Parent { public java.io.FileDescriptor getFD() { return null; } }");
        VerificationReport hidden = verify(own, decoy, "");
        assertThat(hidden.errors())
                .as(hidden.toText())
                .extracting(Finding::message)
                .containsAll(alone.errors().stream().map(Finding::message).toList());
    }
}
