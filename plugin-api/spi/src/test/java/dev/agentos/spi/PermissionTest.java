package dev.agentos.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PermissionTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "net.connect api.openai.com:443",
                "net.connect *.blob.core.windows.net:443",
                "fs.read ${workspace}/**",
                "fs.read /etc/ssl/certs",
                "fs.read ${workspace}/two words.txt",
                "secret.read OPENAI_API_KEY",
                "reflect.deep"
            })
    void canonicalFormRoundTrips(String text) {
        assertThat(Permission.parse(text)).hasToString(text);
    }

    @Test
    void aHostOfVeryManyLabelsIsNone() {
        assertThatThrownBy(() -> Permission.of(PermissionKind.NET_CONNECT, "a.".repeat(100_000) + "a:443"))
                .isInstanceOf(PermissionSyntaxException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jvm.exit",
                "net.connect",
                "net.connect api.openai.com",
                "net.connect api.openai.com:x",
                "fs.read relative/path",
                "fs.read ${data}/../secret",
                "fs.read ${home}/x",
                "reflect.deep everything",
                "secret.read ",
                "secret.read a b",
                "NET.CONNECT a:1",
                "net.connect ex ample:443",
                "net.connect a.*.example:443",
                "net.connect 1.2.3:443",
                "net.connect 1.2.3.256:443",
                "net.connect 10.1.2.3/8:443",
                "net.connect ::1:443",
                "net.connect [fe80::1%eth0]:443",
                "net.connect host:70000",
                "net.connect host:9-8",
                "net.connect bücher.example:443",
                "net.listen *:80",
                "net.listen 10.0.0.0/8:80",
                "fs.read ${data}/a**b",
                "fs.read ${data}/${temp}",
                "process.exec ${data}/tool",
                "process.exec git",
                "db.schema *",
                "jdk.group *",
                "thread.pool 0",
                "thread.pool many",
                "thread.control"
            })
    void whatTheGrammarDoesNotHaveIsRefused(String text) {
        assertThatThrownBy(() -> Permission.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "net.connect api.openai.com:443, net.connect api.openai.com:443, true",
        "net.connect api.openai.com:443, net.connect api.openai.com:80, false",
        "net.connect *.example.com:443, net.connect a.example.com:443, true",
        "net.connect *.example.com:443, net.connect example.com:443, false",
        "net.connect *.example.com:443, net.connect evilexample.com:443, false",
        "net.connect host:1-100, net.connect host:20-30, true",
        "net.connect host:1-100, net.connect host:20-101, false",
        "net.connect host:1-100, net.connect host:*, false",
        "fs.read ${workspace}/**, fs.read ${workspace}/a/b.txt, true",
        "fs.read ${workspace}/*, fs.read ${workspace}/a/b.txt, false",
        "fs.read ${workspace}/a.c, fs.read ${workspace}/abc, false",
        "model.invoke */*, model.invoke local/extractive, true",
        "model.invoke local/*, model.invoke openai/gpt, false",
        "tool.invoke documents.*, tool.invoke documents.split, true",
        "fs.read ${workspace}/**, fs.write ${workspace}/a, false",
        "jvm.management, jvm.management, true",
        "fs.read ${workspace}/**, fs.read ${workspace}, true",
        "fs.read ${workspace}/**, fs.read ${workspace}/**/x*, true",
        "fs.read ${workspace}/*/x, fs.read ${workspace}/**/x, false",
        "fs.read ${workspace}/**/x, fs.read ${workspace}/*/x, true",
        "fs.read ${data}/**, fs.read ${temp}/x, false",
        "tool.invoke a*, tool.invoke a*b, true",
        "tool.invoke a*b, tool.invoke a*, false",
        "tool.invoke *b*, tool.invoke a*b, true",
        "thread.pool 8, thread.pool 4, true",
        "thread.pool 4, thread.pool 8, false",
        "net.connect a.example:443, net.resolve a.example, true",
        "net.connect a.example:443, net.resolve b.example, false",
        "net.connect unix:/run/x:1, net.resolve x, false",
        "net.connect *:443, net.connect 10.0.0.1:443, true",
        "net.connect *.example:443, net.connect *.a.example:443, true",
        "net.connect *.a.example:443, net.connect *.example:443, false",
        "net.connect 10.0.0.0/8:*, net.connect 10.2.3.4:1, true",
        "net.connect 10.0.0.0/8:*, net.connect 11.2.3.4:1, false",
        "net.connect 10.0.0.0/8:*, net.connect 0.0.0.0/0:1, false",
        "net.connect [2001:db8::/32]:1, net.connect [2001:db8:1::2]:1, true",
        "net.connect unix:/run/*, net.connect unix:/run/a.sock, true",
        "net.connect *:*, net.connect unix:/run/a.sock, false",
        "net.listen 80, net.listen 127.0.0.1:80, true",
        "net.listen 127.0.0.1:80, net.listen 80, false"
    })
    void coversWhatItNamesAndNothingElse(String granted, String act, boolean covered) {
        assertThat(Permission.parse(granted).covers(Permission.parse(act))).isEqualTo(covered);
    }

    @ParameterizedTest
    @CsvSource({
        "net.connect API.Example.COM:0443, net.connect api.example.com:443",
        "net.connect [2001:0DB8:0:0::0001]:443, net.connect [2001:db8::1]:443",
        "net.connect [::ffff:10.0.0.1]:443, net.connect 10.0.0.1:443",
        "net.connect 10.0.0.1/32:1-1, net.connect 10.0.0.1:1",
        "net.connect a:0-65535, net.connect a:*",
        "fs.read ${data}//a/./b/, fs.read ${data}/a/b",
        "fs.read ${data}/, fs.read ${data}",
        "fs.read /a/**/**, fs.read /a/**",
        "fs.read /, fs.read /"
    })
    void whatMeansTheSameIsWrittenTheSame(String written, String canonical) {
        assertThat(Permission.parse(written)).hasToString(canonical);
    }

    @Test
    void saysWhichClauseAndWhatToDo() {
        for (String word : PermissionKind.neverGrantable()) {
            assertThatThrownBy(() -> PermissionRequest.parseHeader("fs.read;target=\"/x\"," + word + ";reason=\"x\""))
                    .isInstanceOfSatisfying(PermissionSyntaxException.class, e -> {
                        assertThat(e.fault()).isEqualTo(PermissionSyntaxException.Fault.NEVER_GRANTABLE);
                        assertThat(e).hasMessageContaining("clause '" + word + ";reason=");
                        assertThat(e.action()).contains("Leave the clause out");
                    });
        }
    }

    @Test
    void tellsInWordsWhatChanged() {
        Permissions before = permissions(
                "fs.read ${data}/a", "net.connect *.example:443", "secret.read KEY", "tool.invoke documents.*");
        Permissions after = permissions(
                "fs.read ${data}/**", "net.connect a.example:443", "model.invoke */*", "tool.invoke documents.*");
        assertThat(before.changesTo(after))
                .extracting(Permissions.Change::inWords)
                .containsExactlyInAnyOrder(
                        "less than before: connect to a.example:443 (was: connect to *.example:443)",
                        "more than before: read files in ${data}/** (was: read files in ${data}/a)",
                        "new: call the model */*",
                        "no longer: read the secret KEY");
        assertThat(before.covers(after)).isFalse();
        assertThat(permissions("fs.read /**", "fs.read /a").changesTo(permissions("fs.read /**")))
                .isEmpty();
    }

    private static Permissions permissions(String... texts) {
        return Permissions.of(List.of(texts).stream().map(Permission::parse).toList());
    }

    @Test
    void headerRoundTrips() {
        String header = "net.connect;target=\"api.openai.com:443\";reason=\"model API, chat; and more\","
                + "secret.read;target=\"OPENAI_API_KEY\", fs.write;target=\"${data}/**\";optional:=true";
        List<PermissionRequest> requests = PermissionRequest.parseHeader(header);
        assertThat(requests).hasSize(3);
        assertThat(requests.getFirst().reason()).isEqualTo("model API, chat; and more");
        assertThat(requests.getLast().optional()).isTrue();
        String written = String.join(
                ",", requests.stream().map(PermissionRequest::clause).toList());
        assertThat(PermissionRequest.parseHeader(written)).isEqualTo(requests);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "net.connect;target=\"a:1",
                "unknown;target=\"x\"",
                "fs.read",
                "fs.read;taget=\"/x\"",
                "fs.read;target=x",
                "fs.read;target=\"/x\";target=\"/y\"",
                "fs.read;target=\"/x\";optional:=maybe",
                "fs.read;target=\"/x\",fs.read;target=\"//x\"",
                "fs.read;target=\"/x\"y",
                "fs.read;target=\"/x\",,",
                "net.*;target=\"a:1\""
            })
    void headerNamesTheFaultyClause(String header) {
        assertThatThrownBy(() -> PermissionRequest.parseHeader(header))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(PermissionRequest.HEADER);
    }

    @Test
    void headersHaveLimits() {
        String clause = "fs.read;target=\"/%d\"";
        String most = IntStream.range(0, 200).mapToObj(clause::formatted).collect(Collectors.joining(","));
        assertThat(PermissionRequest.parseHeader(most)).hasSize(200);
        assertThatThrownBy(() -> PermissionRequest.parseHeader(most + ",fs.read;target=\"/x\""))
                .hasMessageContaining("201 clauses");
        assertThatThrownBy(() -> PermissionRequest.parseHeader("x".repeat(70_000)))
                .hasMessageContaining("70000 characters");
        assertThatThrownBy(() -> PermissionRequest.parseHeader("fs.read;target=\"/" + "x".repeat(1_024) + "\""))
                .hasMessageContaining("1024");
    }
}
