package dev.agentos.pluginruntime;

import dev.agentos.pluginruntime.internal.PluginWorker;
import dev.agentos.testkit.EvilPlace;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;

/** The program of a plugin's own process with something to take for the evil plugin, which finds it by a property. */
public final class EvilWorkerMain {

    /** The variable that names the folders to be filled. */
    static final String FOLDERS = "EVIL_FOLDERS";

    /** The variable that says how many files of each kind there are to be in them. */
    static final String FILES = "EVIL_FILES";

    private EvilWorkerMain() {}

    /** Serves as the usual program does. */
    public static void main(String[] arguments) throws Exception {
        // Opened by this process, as the host of other tests has it.
        for (String folder : System.getenv(FOLDERS).split(":")) {
            EvilPlace.fill(Path.of(folder), Integer.parseInt(System.getenv(FILES)));
        }
        System.setErr(new PrintStream(new EvilMain.Closed(System.err), true));
        System.setIn(new Endless());
        System.getProperties().put("evil.host", EvilMain.host());
        PluginWorker.main(arguments);
    }

    /** What nobody misses who reads of it. */
    private static final class Endless extends InputStream {
        @Override
        public int read() {
            return 0;
        }
    }
}
