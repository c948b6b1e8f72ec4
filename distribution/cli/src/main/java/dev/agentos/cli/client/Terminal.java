package dev.agentos.cli.client;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** Standard output as a person or a pipe sees it: colour and moving bars on a terminal alone. */
public final class Terminal {
    /** The only way to standard output, so that it knows when something could not be written. */
    private static final PrintStream STANDARD =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    private static final int BAR_WIDTH = 24;
    private static final int QUARTERS = 4;
    private static final long COUNTED = 10_000;
    private static final long PERCENT = 100;

    private final PrintStream out;
    private final boolean interactive;
    private final boolean colour;
    private boolean barIsShown;
    private long lastQuarter = -1;

    public Terminal(PrintStream out, boolean interactive, boolean colour) {
        this.out = out;
        this.interactive = interactive;
        this.colour = colour;
    }

    public static Terminal standard() {
        var console = System.console();
        var interactive = console != null && console.isTerminal();
        return new Terminal(STANDARD, interactive, interactive && System.getenv("NO_COLOR") == null);
    }

    /** Standard output for what prints whole pages. */
    public static PrintWriter writer() {
        return new PrintWriter(STANDARD, true, StandardCharsets.UTF_8);
    }

    /** Whether all that was printed so far was written. */
    public static boolean isComplete() {
        return !STANDARD.checkError();
    }

    public void line(String text) {
        clearBar();
        out.println(text);
    }

    public void heading(String text) {
        line("");
        line(paint("1", text));
    }

    public String paint(String code, String text) {
        return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    public String good(String text) {
        return paint("32", text);
    }

    public String faint(String text) {
        return paint("2", text);
    }

    /** This terminal as a place to show progress. */
    public OperationProgress.View progress() {
        return new OperationProgress.View() {
            @Override
            public void progress(long done, long total, String message) {
                Terminal.this.progress(done, total, message);
            }

            @Override
            public void end() {
                endProgress();
            }
        };
    }

    /**
     * Shows how far something is: one moving line on a terminal, a line each quarter elsewhere.
     *
     * @param message of whoever does it, shown as it may be
     */
    public void progress(long done, long total, String message) {
        var said = Texts.visible(message);
        var share = total <= 0 ? 0 : Math.min(1.0, (double) done / total);
        if (interactive) {
            var filled = (int) (share * BAR_WIDTH);
            out.print("\r\u001b[K  [" + "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled) + "] " + count(done, total)
                    + said);
            out.flush();
            barIsShown = true;
        } else {
            var quarter = (long) (share * QUARTERS);
            if (quarter != lastQuarter) {
                lastQuarter = quarter;
                out.println("  " + count(done, total) + said);
            }
        }
    }

    /** Large numbers are bytes, which nobody wants to read. */
    private static String count(long done, long total) {
        if (total <= 0) {
            return "";
        }
        return total < COUNTED ? done + "/" + total + " " : done * PERCENT / total + " % ";
    }

    public void endProgress() {
        clearBar();
        lastQuarter = -1;
    }

    private void clearBar() {
        if (barIsShown) {
            out.print("\r\u001b[K");
            barIsShown = false;
        }
    }
}
