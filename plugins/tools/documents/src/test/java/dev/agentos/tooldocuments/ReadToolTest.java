package dev.agentos.tooldocuments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Tool;
import dev.agentos.spi.ToolResult;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.ToolContract;
import java.nio.charset.Charset;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadToolTest extends ToolContract {

    private final ReadTool tool = new ReadTool();

    @Override
    protected Tool tool() {
        return tool;
    }

    @Override
    protected JsonObject goodArguments() {
        return JsonObject.of("name", "a.md", "text", "# Title\n\nText.");
    }

    @Test
    void htmlBecomesReadableText() {
        assertThat(read("page.html", """
            <!DOCTYPE html><html><head><title>x</title><style>p { color: red }</style></head>
            <body><!-- hidden --><h1>Returns &amp; refunds</h1>
            <p>Pay&nbsp;back within <b>30</b> days&#x2014;or <a href="a>b">ask</a>.</p>
            <ul><li>One<li>Two</ul><script>if (a < b) alert("<p>");</script>
            <table><tr><td>A</td><td>1</td></tr></table></body></html>
            """)).isEqualTo("""
                # Returns & refunds

                Pay back within 30 days—or ask.

                - One
                - Two

                A | 1 |\
                """);
    }

    @Test
    void tagsThatDoNotEndAreText() {
        assertThat(read("a.html", "<p>a < b</p><b")).isEqualTo("a < b\n\n<b");
        assertThat(read("a.html", "<p title=\"x>One</p><i title='a>b'>Two</i>")).isEqualTo("One\n\nb'>Two");
        assertThat(read("a.html", "x<!-- never ended <p>")).isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<a", "<!", "<a \"> \"", "<a '", "<!--", "<a \"'>", "&", "<br> \n", "</", "<a>"})
    void brokenMarkupIsReadInTime(String piece) {
        for (String end : new String[] {"", ">", "\">", "\""}) {
            String page = piece.repeat(100_000) + end;
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> read("a.html", page));
        }
    }

    @Test
    void rowsOfATableStandForThemselves() {
        assertThat(read("prices.csv", "Plan;Price\r\nBasic;10\r\n\"Big; \"\"new\"\"\";20\r\n"))
                .isEqualTo("Plan: Basic; Price: 10.\n\nPlan: Big; \"new\"; Price: 20.");
    }

    @Test
    void otherTextStaysAsItIs() {
        assertThat(read("a.json", "\uFEFF{\"a\": 1}\r\n")).isEqualTo("{\"a\": 1}");
        assertThat(read("a.md", "# T\r\n\r\nx < y")).isEqualTo("# T\n\nx < y");
    }

    @Test
    void filesOfTheWorkspaceAreRead() {
        FakeCallContext call = FakeCallContext.create()
                .granting("fs.read ${workspace}/**")
                .withFile("docs/a.txt", "Grüße")
                .withFile("docs/old.txt", "Grüße".getBytes(Charset.forName("windows-1252")))
                .withFile("docs/logo.png", new byte[] {(byte) 0x89, 'P', 0, 1});
        assertThat(read(call, "docs/a.txt")).isEqualTo("Grüße");
        assertThat(read(call, "docs/old.txt")).isEqualTo("Grüße");
        assertThat(tool.call(JsonObject.of("name", "x", "path", "docs/logo.png"), call)
                        .failed())
                .isTrue();
        assertThatThrownBy(() -> read(call, "docs/absent.txt"))
                .isInstanceOf(AgentOsException.class)
                .hasMessageContaining("docs/absent.txt");
    }

    @Test
    void textAndPathExcludeEachOther() {
        assertThat(tool.call(JsonObject.of("name", "x"), FakeCallContext.create())
                        .failed())
                .isTrue();
        assertThat(tool.call(JsonObject.of("name", "x", "text", "a", "path", "b"), FakeCallContext.create())
                        .failed())
                .isTrue();
    }

    private String read(String name, String text) {
        ToolResult result = tool.call(JsonObject.of("name", name, "text", text), FakeCallContext.create());
        return ((JsonObject) result.output()).text("text").orElseThrow();
    }

    private String read(FakeCallContext call, String path) {
        ToolResult result = tool.call(JsonObject.of("name", path, "path", path), call);
        return ((JsonObject) result.output()).text("text").orElseThrow();
    }
}
