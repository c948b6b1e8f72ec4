package dev.agentos.cli.local;

import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Installation;
import dev.agentos.cli.client.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows the whole product on one screen, on the user's own documents. */
@Command(
        name = "demo",
        description = "Start a server, install plugins, ask about documents, kill the server and see the work go on.")
public final class DemoCommand implements Callable<Integer> {
    private static final String QUESTION = "What happens to an execution when the server is killed?";

    /** All of the documentation would take minutes to embed, and most of it is for looking things up. */
    private static final Path EXPLANATIONS = Path.of("docs", "explanation");

    @Option(names = "--docs", description = "Directory of documents (default: what this project explains).")
    private Optional<Path> documents = Optional.empty();

    @Option(names = "--ask", description = "The question (default: ${DEFAULT-VALUE})", defaultValue = QUESTION)
    private String question = QUESTION;

    @Option(names = "--json", description = "Tell each step as one JSON object a line.")
    private boolean json;

    @Option(names = "--keep", description = "Keep the data directory.")
    private boolean keep;

    @Option(names = "--data-dir", description = "Data directory to use and keep (default: a new temporary one).")
    private Optional<Path> dataDirectory = Optional.empty();

    @Override
    public Integer call() throws IOException {
        var installation = Installation.current();
        var folder = documents
                .or(() -> installation.sources().map(sources -> sources.resolve(EXPLANATIONS)))
                .orElseThrow(() -> new CliException(CliException.USAGE, "Name a directory of documents with --docs."));
        var read = DocumentFolder.read(folder);
        var temporary = dataDirectory.isEmpty();
        var directory = temporary
                ? Files.createTempDirectory("agentos-demo-")
                : Files.createDirectories(dataDirectory.get()).toAbsolutePath();
        var report = new DemoReport(Terminal.standard(), json);
        var succeeded = false;
        try {
            new Demo(installation, report, directory).run(folder, read, question);
            succeeded = true;
            return 0;
        } finally {
            if (temporary && !keep && succeeded) {
                delete(directory);
            } else {
                report.say("The server's data and log are kept in " + directory);
            }
        }
    }

    static void delete(Path directory) throws IOException {
        try (var walk = Files.walk(directory)) {
            for (var path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
