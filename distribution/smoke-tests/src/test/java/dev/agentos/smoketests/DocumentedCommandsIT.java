package dev.agentos.smoketests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.smoketests.DocumentedPage.Block;
import dev.agentos.spi.JsonObject;
import dev.agentos.testkit.SyntheticJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the documentation tells a reader to type works: the shell blocks of each page run in their order, in one shell,
 * in a fresh directory, on a server of the page's own; the first command that fails, or the first HTTP answer that is
 * an error, fails the page. A page whose blocks do not start a server is read with one running. Most pages take long
 * together and are left to the profile of that name.
 */
@Timeout(450)
class DocumentedCommandsIT {

    /** What cannot run here, and why. Keep it short: each entry is a promise that nothing checks. */
    private static final List<Unattended> UNATTENDED = List.of(new Unattended(
            "docs/how-to/use-your-own-postgresql.md",
            "./agentos up --database-url jdbc:postgresql://db.example.com",
            "there is no such database; the page's SQL runs in persistence, on a PostgreSQL 15 and 18"));

    private static final Pattern FIRST = Pattern.compile("README\\.md|docs/tutorials/.*|docs/reference/cli\\.md");

    private static final Pattern UP = Pattern.compile("(?m)^((?:\\w+=\\S+ )*\\./agentos up[^#\\n]*).*$");
    private static final String DEFAULT_ADDRESS = "127.0.0.1:7777";

    /**
     * A block that does not run.
     *
     * @param page where it is
     * @param text what it contains
     * @param reason why a reader can run it and this test cannot
     */
    private record Unattended(String page, String text, String reason) {
        boolean matches(String name, Block block) {
            return name.equals(page) && block.text().contains(text);
        }
    }

    /** What of the checkout the pages name. */
    private static final List<String> CHECKOUT_PARTS = List.of("agentos", "plugins");

    @TempDir
    private Path directory;

    @AfterEach
    void leaveTheCheckoutAlone() throws IOException {
        for (String name : CHECKOUT_PARTS) {
            Files.deleteIfExists(directory.resolve(name));
        }
    }

    /** What a newcomer reads, and what everything else rests on. */
    static List<DocumentedPage> firstPages() throws IOException {
        return pages(true);
    }

    static List<DocumentedPage> otherPages() throws IOException {
        return pages(false);
    }

    private static List<DocumentedPage> pages(boolean first) throws IOException {
        return DocumentedPage.with("sh").stream()
                .map(page -> new DocumentedPage(
                        page.name(),
                        page.in("sh").stream()
                                .filter(block -> UNATTENDED.stream().noneMatch(one -> one.matches(page.name(), block)))
                                .toList()))
                .filter(page ->
                        !page.blocks().isEmpty() && FIRST.matcher(page.name()).matches() == first)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("firstPages")
    void everyCommandOfAFirstPageSucceeds(DocumentedPage page) throws Exception {
        runAll(page);
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("otherPages")
    void everyCommandOfThePageSucceeds(DocumentedPage page) throws Exception {
        runAll(page);
    }

    private void runAll(DocumentedPage page) throws Exception {
        Launcher agentos = Launcher.fresh(directory);
        // A reader's server starts for the first time.
        Prepared.database(agentos.data());
        for (String name : CHECKOUT_PARTS) {
            Files.createSymbolicLink(directory.resolve(name), Launcher.CHECKOUT.resolve(name));
        }
        Files.writeString(directory.resolve(".curlrc"), "fail-with-body\nshow-error\n");
        Path script = Files.writeString(directory.resolve("page.sh"), script(page, agentos.port()));
        agentos.finish(List.of("bash", script.toString()), 400).expect(0);
    }

    @Test
    void listOfWhatDoesNotRunIsTrue() throws IOException {
        List<DocumentedPage> pages = DocumentedPage.with("sh");
        assertThat(UNATTENDED).allSatisfy(one -> {
            assertThat(pages)
                    .anyMatch(page -> page.in("sh").stream().anyMatch(block -> one.matches(page.name(), block)));
            assertThat(one.reason()).isNotBlank();
        });
        assertThat(pages).extracting(DocumentedPage::name).contains("README.md", "docs/reference/cli.md");
    }

    /** The blocks of the page as one script; what runs in the foreground there runs beside the rest here. */
    private static String script(DocumentedPage page, int port) {
        StringBuilder script = new StringBuilder("""
            set -euo pipefail
            server=
            place='before the first block'
            finish() {
              local code=$?
              [[ $code -eq 0 ]] || echo "FAILED $place with exit code $code" >&2
              [[ -z $server ]] || { kill "$server" && wait "$server" || true; }
              exit "$code"
            }
            trap finish EXIT
            wait_until_ready() {
              until grep -q 'Ctrl-C stops the server' up.out; do
                kill -0 "$server" || { cat up.out >&2; exit 1; }
                sleep 0.1
              done
            }
            """);
        boolean starts = page.blocks().stream()
                .anyMatch(block -> UP.matcher(block.text()).find());
        if (!starts) {
            script.append(inBackground("./agentos up"));
        }
        for (Block block : page.blocks()) {
            script.append("place='in the block at line ")
                    .append(block.line())
                    .append(" of ")
                    .append(page.name())
                    .append("'\n")
                    .append(UP.matcher(block.text().replace(DEFAULT_ADDRESS, "127.0.0.1:" + port))
                            .replaceAll(found -> Matcher.quoteReplacement(inBackground(found.group(1)))));
        }
        return script.toString();
    }

    private static String inBackground(String command) {
        return command.strip() + " >up.out 2>&1 &\nserver=$!\nwait_until_ready\n";
    }

    @Test
    void javaInTheTutorialsCompilesAndIsAPlugin() throws IOException {
        List<DocumentedPage> pages = DocumentedPage.with("java");
        assertThat(pages).isNotEmpty();
        for (DocumentedPage page : pages) {
            for (Block block : page.in("java")) {
                Matcher name = Pattern.compile("(?s)package ([\\w.]+);.*public final class (\\w+)")
                        .matcher(block.text());
                assertThat(name.find()).as(page + " line " + block.line()).isTrue();
                byte[] jar = SyntheticJar.plugin("documented", "1.0.0")
                        .extension(name.group(1) + "." + name.group(2), block.text())
                        .bytes();
                assertThat(jar).isNotEmpty();
            }
        }
    }

    @Test
    void whatTheTutorialShowsIsWhatTheAuthorGets() throws Exception {
        DocumentedPage page = DocumentedPage.read(Launcher.CHECKOUT.resolve("docs/tutorials/first-plugin.md"));
        Launcher.fresh(directory)
                .run("plugin", "new", "weather-tool", "--kind", "tool")
                .expect(0);
        Path project = directory.resolve("weather-tool");
        assertThat(page.in("")).extracting(Block::text).contains(Files.readString(project.resolve("bnd.bnd")));
        assertThat(page.in("java"))
                .extracting(Block::text)
                .contains(Files.readString(project.resolve("src/main/java/plugins/weathertool/WeatherTool.java")));
    }

    @Test
    void jsonInTheDocumentsIsJson() throws IOException {
        for (DocumentedPage page : DocumentedPage.with("json")) {
            for (Block block : page.in("json")) {
                JsonObject document = Json.parseObject(block.text());
                assertThat(document.members()).isNotEmpty();
            }
        }
    }
}
