package dev.agentos.graph.internal;

import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The names inside of graphs that are dispatched: each item has a branch with channels and a path of its own, as in
 * {@code review#4.00017/ask}, the eighteenth item of what was dispatched behind checkpoint 4. The branches of one
 * dispatch are a group, {@code review#4}, and end together. Without its branches a name is that of the definition.
 */
public final class Branches {

    private static final char MARK = '#';
    private static final String ITEM = "/" + MARK + "item";
    private static final String KEPT = "/" + MARK + "kept";
    private static final String END = "/" + GraphDefinition.END;

    private Branches() {}

    /** The branch of a node for one item. */
    static String of(String node, int checkpoint, int index) {
        return group(node, checkpoint) + Integer.toString(100_000 + index).substring(1);
    }

    /** With what the branches of a node begin that are dispatched behind a checkpoint. */
    static String group(String node, int checkpoint) {
        return node + MARK + checkpoint + ".";
    }

    /** Whether a path is that of a branch itself, not of something in it. */
    public static boolean is(String path) {
        return path.lastIndexOf(MARK) > path.lastIndexOf('/');
    }

    /** The number of a branch in its group. */
    static int index(String branch) {
        String number = branch.substring(branch.lastIndexOf('.') + 1);
        return number.matches("[0-9]{5}") ? Integer.parseInt(number) : -1;
    }

    /** The node whose branch it is; it may be in a branch itself. */
    private static String node(String branch) {
        return branch.substring(0, branch.lastIndexOf(MARK));
    }

    /** Where the branches of a group wait for each other. */
    public static String meeting(String branch) {
        return end(branch.substring(0, branch.lastIndexOf('.')));
    }

    /** The end of the graph in a node; where branches wait for each other is that of their group. */
    public static String end(String node) {
        return node + END;
    }

    /** Whether a path is that of an end. */
    public static boolean isEnd(String path) {
        return path.endsWith(END);
    }

    /** The node whose end it is. */
    public static String whole(String end) {
        return end.substring(0, end.length() - END.length());
    }

    /** The end of a branch as that of its node, for what is behind it comes once; any other name as it is. */
    public static String ended(String path) {
        if (path.indexOf(MARK) < 0 || !isEnd(path)) {
            return path;
        }
        String node = whole(path);
        return is(node) ? end(node(node)) : path;
    }

    /** What all branches of a group have in common: the node for their entries, its end for theirs. */
    public static String together(String path) {
        return is(path) ? node(path) : ended(path);
    }

    /** The name in the definition. */
    public static String defined(String path) {
        if (path.indexOf(MARK) < 0) {
            return path;
        }
        StringBuilder defined = new StringBuilder(path.length());
        boolean marked = false;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            marked = c == MARK || (marked && c != '/');
            if (!marked) {
                defined.append(c);
            }
        }
        return defined.toString();
    }

    /** The first parts of a path, as many as a defined one has. */
    public static String first(String path, String defined) {
        int end = -1;
        for (int parts = parts(defined); parts > 0; parts--) {
            end = path.indexOf('/', end + 1);
            if (end < 0) {
                return path;
            }
        }
        return path.substring(0, end);
    }

    private static int parts(String path) {
        return 1 + (int) path.chars().filter(c -> c == '/').count();
    }

    /** A defined name in the branches in which a path is, as far as both go the same way. */
    public static String beside(String path, String defined) {
        int at = 0;
        int from = 0;
        while (from < defined.length() && at < path.length()) {
            int end = end(path, at);
            int other = end(defined, from);
            if (!defined(path.substring(at, end)).equals(defined.substring(from, other))) {
                break;
            }
            at = end + 1;
            from = other + 1;
        }
        if (from == 0) {
            return defined;
        }
        String same = path.substring(0, Math.min(at - 1, path.length()));
        return from > defined.length() ? same : same + "/" + defined.substring(from);
    }

    private static int end(String path, int from) {
        int end = path.indexOf('/', from);
        return end < 0 ? path.length() : end;
    }

    /** Where the item of a branch is kept that may begin anew. */
    public static String item(String branch) {
        return branch + ITEM;
    }

    /** The same item, from the values of the channels. */
    public static Optional<JsonObject> item(JsonObject values, String branch) {
        return values.object(item(branch));
    }

    /** Where is kept what comes out of a node whose graph was not run, because that is known. */
    public static String kept(String node) {
        return node + KEPT;
    }

    /** Whether a name is such a place. */
    public static boolean isKept(String name) {
        return name.endsWith(KEPT);
    }

    /** The branches through which a name goes, outermost first. */
    public static Stream<String> through(String path) {
        if (path.indexOf(MARK) < 0) {
            return Stream.empty();
        }
        List<String> branches = new ArrayList<>();
        for (int end = end(path, 0); ; end = end(path, end + 1)) {
            if (is(path.substring(0, end))) {
                branches.add(path.substring(0, end));
            }
            if (end == path.length()) {
                return branches.stream();
            }
        }
    }

    /** Whether a path, or one around it, is among some. */
    public static boolean within(String path, Collection<String> some) {
        if (some.isEmpty()) {
            return false;
        }
        String around = path;
        while (!some.contains(around)) {
            int end = around.lastIndexOf('/');
            if (end < 0) {
                return false;
            }
            around = around.substring(0, end);
        }
        return true;
    }
}
