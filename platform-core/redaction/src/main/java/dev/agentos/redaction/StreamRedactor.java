package dev.agentos.redaction;

import java.util.Collection;
import java.util.List;

/**
 * Replaces in a text that comes in pieces: what comes out is, put together, what {@link Redactor#text} makes of the
 * whole, however it is cut. It holds back only what may yet turn out to be something, and the longest find of a
 * detector at most.
 */
public final class StreamRedactor {

    private final Redactor redactor;
    private final List<LinearScanner> scanners;
    private final Window window = new Window();
    private int done;

    StreamRedactor(Redactor redactor, Collection<Detector> detectors) {
        this.redactor = redactor;
        this.scanners = detectors.stream().map(LinearScanner::new).toList();
    }

    /** The next piece; what can be passed on now, perhaps nothing. */
    public String add(String piece) {
        window.add(piece);
        return passed();
    }

    /** There is no more; the rest that can be passed on. */
    public String end() {
        window.end();
        return passed();
    }

    /** How many characters are held back. */
    int held() {
        return window.limit() - done;
    }

    /** How many steps were made: what it costs. */
    long work() {
        return scanners.stream().mapToLong(LinearScanner::work).sum();
    }

    private String passed() {
        StringBuilder out = new StringBuilder();
        while (true) {
            int certain = whole();
            LinearScanner first = null;
            for (LinearScanner scanner : scanners) {
                scanner.search(window);
                certain = Math.min(certain, scanner.certain());
            }
            for (LinearScanner scanner : scanners) {
                // Only when nobody can find anything earlier, nor longer at the same place.
                if (scanner.certain() == certain) {
                    if (!scanner.found()) {
                        first = null;
                        break;
                    }
                    first = first == null || scanner.findEnd() > first.findEnd() ? scanner : first;
                }
            }
            if (certain > done) {
                out.append(window.text(done, certain));
                done = certain;
            }
            if (first == null) {
                window.forget(Math.min(done, certain));
                return out.toString();
            }
            // What begins within another find is replaced from where that one ends.
            if (first.findEnd() > done) {
                out.append(redactor.replacement(first.detector(), window.text(done, first.findEnd())));
                done = first.findEnd();
            }
            first.takeFind();
        }
    }

    /** Where what is known ends, without half a pair of surrogates. */
    private int whole() {
        int limit = window.limit();
        return limit > done && window.at(limit - 1) == Window.LATER ? limit - 1 : limit;
    }
}
