package dev.agentos.scripting;

import dev.agentos.spi.JsonValue;
import dev.agentos.spi.ToolResult;
import java.util.List;

/** What a script can reach; called on the thread that runs the script's host, one call at a time. */
public interface ScriptHost {

    /**
     * Answers a call. A result that says that it failed, and an exception whose code is of type {@code USER} or
     * {@code EXTERNAL}, become an error that the script can catch; any other exception, and {@code server:CANCELLED},
     * ends the script and is thrown to whoever executes it, as is the former when the script does not catch it.
     *
     * @param number which call of this script it is, from 1
     * @param name the function, not known to be allowed
     * @param arguments not known to be an object
     */
    ToolResult call(int number, String name, JsonValue arguments) throws InterruptedException;

    /**
     * What the script wrote to the console; once, at its end.
     *
     * @param lines at most 100, each at most 1,000 characters
     */
    void log(List<String> lines);
}
