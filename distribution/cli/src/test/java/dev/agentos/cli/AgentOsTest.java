package dev.agentos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.ServerAddress;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class AgentOsTest {
    private static final Path CHECKOUT = Path.of("..", "..");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "qqqqqqqq | There are: up, demo | agentos help'",
                "plugin instal | Did you mean: | agentos help plugin'",
                "pack | There are: | agentos help pack'",
                "plugin install | LISTING | agentos help plugin install'",
                "execution start a/b --input { | '--input' | agentos help execution start'",
                "pack enable a --configuration [1] | no object | agentos help pack enable'",
                "execution resume a --answer { | '--answer' | agentos help execution resume'",
                "plugin list --server ftp://x | no address of a server | agentos help plugin list'",
                "plugin list --output yaml | [table, json] | agentos help plugin list'",
                "help plugin nothing | There is no command | agentos help plugin'",
            })
    void whatIsWrittenWrongIsToldInALineWithTheWayToHelp(String words, String told, String help) {
        var outcome = run(words.split(" "));

        assertThat(outcome.exitCode()).isEqualTo(CliException.USAGE);
        assertThat(outcome.err()).contains(told, help).doesNotContain("Usage:", "\tat ");
        assertThat(outcome.err().lines()).hasSizeLessThan(4);
    }

    @Test
    void fileThatHoldsNoKeyIsNamedAndNotShown(@TempDir Path directory) throws IOException {
        var file = Files.writeString(directory.resolve("notes"), "first line\nsecond line\n");

        var outcome = run("plugin", "list", "--key-file", file.toString());

        assertThat(outcome.exitCode()).isEqualTo(CliException.USAGE);
        assertThat(outcome.err()).contains(file.toString(), "--data-dir").doesNotContain("second line");
    }

    @Test
    void fileThatIsNotThereIsNotLookedForInTheMarketplace(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("admin.key"), "aos_any");

        for (var file : List.of("missing.jar", directory.toString())) {
            var outcome = run("plugin", "install", file, "--data-dir", directory.toString());
            assertThat(outcome.exitCode()).isEqualTo(CliException.USAGE);
            assertThat(outcome.err()).contains("There is no file " + file);
        }
    }

    @Test
    void addressMayLackItsScheme() {
        assertThat(ServerAddress.parse("127.0.0.1:7801")).hasToString("http://127.0.0.1:7801");
        assertThat(ServerAddress.parse("localhost:7801/")).hasHost("localhost").hasPort(7801);
        assertThat(ServerAddress.parse("https://example.com")).hasScheme("https");
    }

    @Test
    void helpIsAtEveryDepth() {
        var asked = run("help", "plugin", "install");

        assertThat(asked.exitCode()).isZero();
        assertThat(asked.out()).contains("Usage: agentos plugin install", "--accept-critical");
        assertThat(run("plugin", "install", "--help")).isEqualTo(asked);
        assertThat(run("--version").out()).startsWith("AgentOS ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"version", "--version"})
    void whatCannotBePrintedIsNotDone(String word) throws Exception {
        var full = new File("/dev/full");
        assumeTrue(full.exists());

        var lost = CommandProcess.run(Map.of(), full, word);

        assertThat(lost.exitCode()).isEqualTo(CliException.FAILED);
        assertThat(lost.err()).contains("not all that it printed could be written");
    }

    /** What converts values knows no lists behind an {@code Optional}, and says so only when one is given. */
    @Test
    void whatMayBeRepeatedCanBe() {
        assertThat(AgentOs.commandLine()
                        .parseArgs("execution", "fork", "exe_1", "--goto", "a", "--goto", "b")
                        .subcommand()
                        .subcommand()
                        .<List<String>>matchedOptionValue("--goto", List.of()))
                .containsExactly("a", "b");
        for (String what : List.of("execution", "session")) {
            assertThat(AgentOs.commandLine()
                            .parseArgs(what, "migrate", "one", "2", "--value", "a=b + 1", "--value", "c=d")
                            .subcommand()
                            .subcommand()
                            .<Map<String, String>>matchedOptionValue("--value", Map.of()))
                    .isEqualTo(Map.of("a", "b + 1", "c", "d"));
        }
    }

    /** A command is the same whether it was looked at alone or with all others. */
    @Test
    void commandLooksTheSameAlone() {
        var all = AgentOs.commandLine().getSubcommands();
        assertThat(all).hasSizeGreaterThan(20);
        all.forEach((name, command) -> {
            var alone = AgentOs.commandLine(name).getSubcommands();
            if (!name.equals("help")) {
                assertThat(alone).containsOnlyKeys(name);
            }
            assertThat(alone)
                    .hasEntrySatisfying(
                            name, one -> assertThat(one.getUsageMessage()).isEqualTo(command.getUsageMessage()));
        });
    }

    @Test
    void referenceNamesEveryCommand() throws IOException {
        var page = Files.readString(CHECKOUT.resolve("docs/reference/cli.md"));

        AgentOs.commandLine().getSubcommands().forEach((name, command) -> {
            assertThat(page).contains("`" + name);
            command.getSubcommands().keySet().stream()
                    .filter(inner -> !inner.equals("help"))
                    .forEach(inner -> assertThat(page).containsPattern("\\b" + inner + "\\b"));
        });
    }

    /** Commands in running text; those in blocks are run by the smoke tests. */
    @Test
    void commandsInTheDocumentsExist() throws IOException {
        var written = new TreeSet<String>();
        try (var pages = Files.walk(CHECKOUT.resolve("docs"))) {
            for (var page : Stream.concat(Stream.of(CHECKOUT.resolve("README.md")), pages)
                    .filter(path -> path.toString().endsWith(".md"))
                    .toList()) {
                Pattern.compile("`(?:\\./)?agentos ([^`]+)`")
                        .matcher(Files.readString(page).replaceAll("(?s)```.*?```", ""))
                        .results()
                        .map(MatchResult::group)
                        .forEach(written::add);
            }
        }
        assertThat(written).hasSizeGreaterThan(10);
        var faults = new ArrayList<String>();
        for (var command : written) {
            var words = List.of(command.replaceAll("`|^`?(\\./)?agentos ", "")
                    .replaceFirst("^(\\./)?agentos ", "")
                    .split(" "));
            if (!List.of("test", "format", "COMMAND").contains(words.getFirst())) {
                try {
                    var arguments = words.toArray(String[]::new);
                    AgentOs.commandLine(arguments).parseArgs(arguments);
                } catch (CommandLine.MissingParameterException names) {
                    // Text may name a command without what it is applied to.
                } catch (CommandLine.ParameterException unknown) {
                    faults.add(command + ": " + unknown.getMessage());
                }
            }
        }
        assertThat(faults).isEmpty();
    }

    /** What a command advises to do next is named in single quotes. */
    @Test
    void commandsInMessagesExist() throws IOException {
        var commands = AgentOs.commandLine().getSubcommands();
        var written = new TreeSet<String>();
        try (var sources = Files.walk(Path.of("src/main/java"))) {
            for (var source : sources.filter(Files::isRegularFile).toList()) {
                Pattern.compile("'agentos ([a-z][a-z-]*(?: [a-z][a-z-]*)?)")
                        .matcher(Files.readString(source))
                        .results()
                        .map(found -> found.group(1))
                        .forEach(written::add);
            }
        }
        assertThat(written).hasSizeGreaterThan(10).allSatisfy(named -> {
            var words = named.split(" ");
            assertThat(commands).hasEntrySatisfying(words[0], command -> {
                var inner = command.getSubcommands();
                assertThat(words.length < 2 || inner.isEmpty() || inner.containsKey(words[1]))
                        .isTrue();
            });
        });
    }

    private record Outcome(int exitCode, String out, String err) {}

    private static Outcome run(String... words) {
        var out = new StringWriter();
        var err = new StringWriter();
        var exitCode = AgentOs.commandLine(words)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(words);
        return new Outcome(exitCode, out.toString(), err.toString());
    }
}
