package dev.agentos.faultlab.child;

import dev.agentos.server.ServerMain;
import java.nio.file.Path;

/** The server's process, the same but for its failpoints, which another process arms in a directory. */
public final class FaultyServer {

    /** Names the directory of {@link ArmedFailpoints}. */
    public static final String DIRECTORY = "lab.failpoints";

    private FaultyServer() {}

    /** Starts the server with the arguments of {@link ServerMain}. */
    public static void main(String[] arguments) throws InterruptedException {
        ServerMain.launch(arguments, new ArmedFailpoints(Path.of(System.getProperty(DIRECTORY))));
    }
}
