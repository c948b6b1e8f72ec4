package dev.agentos.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
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
                "NET.CONNECT a:1"
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
        "jvm.management, jvm.management, true"
    })
    void coversWhatItNamesAndNothingElse(String granted, String act, boolean covered) {
        assertThat(Permission.parse(granted).covers(Permission.parse(act))).isEqualTo(covered);
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
                "fs.read;target=x"
            })
    void headerNamesTheFaultyClause(String header) {
        assertThatThrownBy(() -> PermissionRequest.parseHeader(header))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(PermissionRequest.HEADER);
    }
}
