package dev.agentos.server;

import dev.agentos.kernel.Failpoints;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Settings;
import dev.agentos.postgres.DatabaseErrorCode;
import dev.agentos.server.logging.ScrubbedLayout;
import dev.agentos.server.logging.UncaughtErrors;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorType;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * The server process. Prints {@code READY http://…} when it can be used, before that {@code WAITING …} every so often
 * while it waits for its database, and ends cleanly on SIGTERM and SIGINT. What keeps it from starting is told in two
 * lines, with exit code 2 for a wrong setting, 4 for a data directory in use, 5 for something that is not available or
 * a database that cannot be used, 1 otherwise.
 */
public final class ServerMain {

    private ServerMain() {}

    /** Starts the server with settings as {@code --name=value}; {@code --print-settings} shows them and ends. */
    public static void main(String[] arguments) throws InterruptedException {
        launch(arguments, Failpoints.NONE);
    }

    /**
     * Starts the server as {@link #main} does, with places at which a test hurts it. No setting leads here, so that
     * nobody can make a server fail by its configuration.
     */
    public static void launch(String[] arguments, Failpoints failpoints) throws InterruptedException {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        Thread.setDefaultUncaughtExceptionHandler(new UncaughtErrors());
        try {
            List<String> settings = List.of(arguments);
            if (settings.contains("--print-settings")) {
                Settings loaded = ServerSettings.load(
                        settings.stream()
                                .filter(argument -> !argument.equals("--print-settings"))
                                .toList(),
                        System.getenv());
                print(loaded);
                ServerSettings.of(loaded);
                return;
            }
            run(ServerSettings.of(ServerSettings.load(settings, System.getenv())), failpoints);
        } catch (AgentOsException e) {
            System.err.println("agentos: " + e.getMessage() + System.lineSeparator() + "agentos: " + e.action());
            Runtime.getRuntime().halt(exitCode(e));
        }
    }

    private static void run(ServerSettings settings, Failpoints failpoints) throws InterruptedException {
        ScrubbedLayout.maskPersonalData(settings.maskPersonalData());
        ScrubbedLayout.writeJson(settings.logJson());
        AgentOsServer.Started started = AgentOsServer.start(settings, failpoints, ServerMain::tell);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(() -> {
                    started.server().close();
                    stopped.countDown();
                }));
        System.out.println("READY " + started.address());
        System.out.flush();
        stopped.await();
    }

    private static void tell(AgentOsException obstacle) {
        System.out.println("WAITING " + obstacle.getMessage() + " " + obstacle.action());
        System.out.flush();
    }

    private static void print(Settings settings) {
        settings.entries()
                .forEach(entry -> System.out.printf(
                        "%-20s %-40s (%s)%n    %s%n",
                        entry.setting().name(),
                        entry.shown(),
                        entry.origin(),
                        entry.setting().description()));
    }

    /** With which status a program of the server ends after that failure. */
    static int exitCode(AgentOsException e) {
        if (e.errorCode() == KernelErrorCode.UNKNOWN_SETTING || e.errorCode() == KernelErrorCode.INVALID_SETTING) {
            return 2;
        }
        if (e.errorCode() == KernelErrorCode.DATA_DIRECTORY_IN_USE) {
            return 4;
        }
        if (e.errorCode() instanceof DatabaseErrorCode) {
            return 5;
        }
        return e.errorCode().type() == ErrorType.EXTERNAL || e.errorCode().type() == ErrorType.RESOURCES ? 5 : 1;
    }
}
