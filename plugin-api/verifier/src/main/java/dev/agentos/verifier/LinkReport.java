package dev.agentos.verifier;

import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.verifier.JdkLinks.Need;
import dev.agentos.verifier.JdkLinks.Verdict;
import dev.agentos.verifier.LinkCheck.Link;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Turns links into findings. The plugin's own classes are held to what the manifest declares. Of embedded libraries
 * most is never called: what the running server checks when it happens is only noted, and a class that links what
 * nothing checks is held back, so that it cannot be loaded. Whoever calls his own code a library gains nothing by it.
 */
final class LinkReport {

    private static final Map<String, String> WORDS = Map.of(
            "unlisted", "which is not for plugins",
            "hidden", "which is not public",
            "absent", "which this Java does not have");

    /** A library that many plugins embed. */
    private record Library(String prefix, String name, String why, String action) {}

    /** A finding for each of these, whatever the number of links. */
    private record Group(String ruleId, Finding.Severity severity, String origin, String target) {}

    /** The links of one group. */
    private static final class Grouped {
        final Link first;
        final Set<String> places = new TreeSet<>();

        Grouped(Link first) {
            this.first = first;
        }
    }

    private static final List<Library> LIBRARIES = JdkRules.lines("libraries.txt").stream()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split(" \\| "))
            .map(part -> new Library(part[0], part[1], part[2], part[3]))
            .toList();

    private final String outermost;
    private final List<Permission> declared;
    private final Map<Group, Grouped> groups = new LinkedHashMap<>();
    private final Map<String, List<List<Need>>> conditions = new HashMap<>();
    private final Set<String> heldBack = new TreeSet<>();

    /**
     * @param outermost how the plugin's own JAR is called in links
     * @param declared what the manifest declares
     */
    LinkReport(String outermost, List<Permission> declared) {
        this.outermost = outermost;
        this.declared = declared;
    }

    /** Judges the links and adds what there is to say. */
    void report(List<Link> links, Findings findings) {
        links.forEach(this::judge);
        groups.forEach((group, grouped) ->
                findings.add(group.ruleId, group.severity, message(group, grouped), action(group, grouped.first)));
    }

    /** The classes that may not be loaded. */
    Set<String> heldBack() {
        return heldBack;
    }

    /** The classes that may be loaded only with one permission of each list. */
    Map<String, List<List<Need>>> conditions() {
        return conditions;
    }

    private void judge(Link link) {
        boolean library = isLibrary(link);
        switch (link.verdict()) {
            case Verdict.Allowed() -> {
                // nothing to say
            }
            case Verdict.Guarded() -> group("LNK003", Finding.Severity.NOTE, link.where(), link);
            case Verdict.Never(String reason) -> {
                boolean absent = reason.equals("absent");
                if (library && !absent) {
                    heldBack.add(link.className());
                }
                group(
                        "LNK001",
                        !library ? Finding.Severity.ERROR : absent ? Finding.Severity.NOTE : Finding.Severity.WARNING,
                        origin(link, library),
                        link);
            }
            case Verdict.Needs(List<Need> anyOf) -> {
                boolean checked = anyOf.stream().noneMatch(need -> need.kind() == PermissionKind.JDK_GROUP)
                        || anyOf.stream().anyMatch(need -> need.kind() == PermissionKind.NET_CONNECT);
                boolean met = JdkLinks.allows(link.verdict(), declared);
                if (!checked && met) {
                    conditions
                            .computeIfAbsent(link.className(), name -> new ArrayList<>())
                            .add(anyOf);
                } else if (!checked && library) {
                    heldBack.add(link.className());
                }
                if (!met) {
                    boolean known = library(link).isPresent();
                    Finding.Severity severity = !library
                            ? Finding.Severity.ERROR
                            : known ? Finding.Severity.NOTE : Finding.Severity.WARNING;
                    group("LNK002", severity, origin(link, library), link);
                }
            }
        }
    }

    private void group(String ruleId, Finding.Severity severity, String origin, Link link) {
        // A library's links of one kind are one finding; of the plugin's own each is told.
        boolean whole = severity != Finding.Severity.ERROR && !ruleId.equals("LNK003");
        String target = whole ? subject(link.verdict()) : link.target();
        groups.computeIfAbsent(new Group(ruleId, severity, origin, target), absent -> new Grouped(link))
                .places
                .add(link.className());
    }

    private static String subject(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Needs(List<Need> anyOf) -> words(anyOf);
            case Verdict.Never(String reason) -> reason;
            default -> "";
        };
    }

    private boolean isLibrary(Link link) {
        return !link.where().equals(outermost) || library(link).isPresent();
    }

    private String origin(Link link, boolean library) {
        return library ? library(link).map(Library::name).orElse(link.where()) : link.place();
    }

    private static Optional<Library> library(Link link) {
        return LIBRARIES.stream()
                .filter(library -> link.className().startsWith(library.prefix))
                .findFirst();
    }

    private static String message(Group group, Grouped grouped) {
        Link link = grouped.first;
        String verb = link.member() ? " uses " : " names ";
        String sentence = ArchiveStructure.printable(link.place()) + verb + ArchiveStructure.printable(link.target());
        boolean one = group.severity == Finding.Severity.ERROR;
        String others = one || grouped.places.size() == 1
                ? ""
                : " (and " + (grouped.places.size() - 1) + " more classes the like)";
        String verdict = switch (link.verdict()) {
            case Verdict.Needs(List<Need> anyOf) -> ", but " + words(anyOf) + " is not declared";
            case Verdict.Never(String reason) ->
                ", " + WORDS.getOrDefault(reason, "which no plugin may use (" + reason + ")");
            default -> "; what it may reach is decided while the server runs";
        };
        String place = one && link.where().startsWith("The JAR >") ? link.where() + ": " : "";
        String explained = one || group.ruleId.equals("LNK003")
                ? ""
                : library(link)
                        .map(library -> " " + library.name + " " + library.why + ".")
                        .orElse(" It is in the embedded library " + link.where() + ".");
        return place + sentence + others + verdict + "." + explained;
    }

    private String action(Group group, Link link) {
        if (group.ruleId.equals("LNK003")) {
            return "There is nothing to do.";
        }
        String advice = library(link)
                .map(library -> " For " + library.name + ": " + library.action + ".")
                .orElse("");
        return switch (link.verdict()) {
            case Verdict.Needs(List<Need> anyOf)
            when group.severity == Finding.Severity.ERROR ->
                "Declare " + words(anyOf) + " with a target and a reason, or do without." + advice;
            case Verdict.Needs(List<Need> anyOf) ->
                heldBack.contains(link.className())
                        ? "There is nothing to do if it is not used: such a class is not loaded. Else declare "
                                + words(anyOf) + "." + advice
                        : "There is nothing to do if it is not called: it is refused when it happens. Else declare "
                                + words(anyOf) + "." + advice;
            default ->
                group.severity == Finding.Severity.ERROR
                        ? "Do without it."
                        : "There is nothing to do if it is not used: such a class is not loaded." + advice;
        };
    }

    private static String words(List<Need> anyOf) {
        return anyOf.stream().map(need -> "'" + need + "'").collect(Collectors.joining(" or "));
    }
}
