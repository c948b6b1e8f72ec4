package dev.agentos.verifier;

import dev.agentos.spi.PermissionKind;
import dev.agentos.verifier.JdkLinks.Need;
import dev.agentos.verifier.JdkLinks.Verdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The rules of {@code jdk-links.txt}, as they are written there. */
final class JdkRules {

    /** The reason of what the list does not name. */
    static final String UNLISTED = "unlisted";

    private static final String GROUP = "group:";

    private final Map<String, Verdict> packages = new HashMap<>();
    private final Map<String, Verdict> classes = new HashMap<>();
    private final Map<String, List<MemberRule>> members = new HashMap<>();

    /** A rule of some members of a class: a name, perhaps with * at its end, and how the descriptor begins. */
    private record MemberRule(String name, String descriptor, Verdict verdict) {
        boolean fits(String member, String memberDescriptor) {
            boolean named =
                    name.endsWith("*") ? member.startsWith(name.substring(0, name.length() - 1)) : member.equals(name);
            return named && memberDescriptor.startsWith(descriptor);
        }
    }

    /** Reads the resource. */
    static JdkRules read() {
        JdkRules rules = new JdkRules();
        Verdict verdict = new Verdict.Never(UNLISTED);
        for (String text : lines("jdk-links.txt")) {
            String line = text.strip();
            if (line.startsWith("[")) {
                verdict = verdict(line.substring(1, line.length() - 1).split(" "));
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                for (String target : line.split(" +")) {
                    rules.add(target, verdict);
                }
            }
        }
        return rules;
    }

    /** The lines of a resource beside this class. */
    static List<String> lines(String resource) {
        try (InputStream in = JdkRules.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("The verifier lacks its resource " + resource);
            }
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readAllLines();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Verdict verdict(String[] words) {
        return switch (words[0]) {
            case "allow" -> new Verdict.Allowed();
            case "guard" -> new Verdict.Guarded();
            case "never" -> new Verdict.Never(words[1]);
            case "need" ->
                new Verdict.Needs(Arrays.stream(words)
                        .skip(1)
                        .map(word -> word.startsWith(GROUP)
                                ? new Need(PermissionKind.JDK_GROUP, word.substring(GROUP.length()))
                                : new Need(PermissionKind.ofWord(word), ""))
                        .toList());
            default -> throw new IllegalStateException("jdk-links.txt: there is no section " + words[0]);
        };
    }

    private void add(String target, Verdict verdict) {
        int hash = target.indexOf('#');
        if (hash >= 0) {
            for (String member : target.substring(hash + 1).split(",")) {
                int open = member.indexOf('(');
                members.computeIfAbsent(target.substring(0, hash), name -> new ArrayList<>())
                        .add(new MemberRule(
                                open < 0 ? member : member.substring(0, open),
                                open < 0 ? "" : member.substring(open),
                                verdict));
            }
            return;
        }
        boolean isClass = Character.isUpperCase(target.charAt(target.lastIndexOf('.') + 1));
        if ((isClass ? classes : packages).putIfAbsent(target, verdict) != null) {
            throw new IllegalStateException("jdk-links.txt: " + target + " has two rules");
        }
    }

    /** The rule of a class, or of the class around it, or of its package; empty when none of them is named. */
    Optional<Verdict> ofClass(String name) {
        for (String outer = name; ; outer = outer.substring(0, outer.lastIndexOf('$'))) {
            Verdict verdict = classes.get(outer);
            if (verdict != null) {
                return Optional.of(verdict);
            }
            if (outer.lastIndexOf('$') < 0) {
                return Optional.ofNullable(packages.get(outer.substring(0, Math.max(0, outer.lastIndexOf('.')))));
            }
        }
    }

    /** The rule of a member that its class's name is given for; empty when only its class has one. */
    Optional<Verdict> ofMember(String className, String member, String descriptor) {
        return members.getOrDefault(className, List.of()).stream()
                .filter(rule -> rule.fits(member, descriptor))
                .map(MemberRule::verdict)
                .findFirst();
    }

    /** Whether some class has a rule for members of that name: what is worth following through a plugin's classes. */
    boolean mentions(String member) {
        return members.values().stream().flatMap(List::stream).anyMatch(rule -> rule.fits(member, rule.descriptor));
    }

    /** Every name with a rule, for the test that the platform has it. */
    List<String> targets() {
        List<String> all = new ArrayList<>(packages.keySet());
        all.addAll(classes.keySet());
        members.forEach((name, rules) -> rules.forEach(rule -> all.add(name + "#" + rule.name + rule.descriptor)));
        return all;
    }

    /** The names of all groups. */
    Set<String> groups() {
        Set<String> groups = new TreeSet<>();
        Stream.concat(
                        Stream.concat(packages.values().stream(), classes.values().stream()),
                        members.values().stream().flatMap(List::stream).map(MemberRule::verdict))
                .forEach(verdict -> {
                    if (verdict instanceof Verdict.Needs(List<Need> anyOf)) {
                        anyOf.stream()
                                .map(Need::group)
                                .filter(group -> !group.isEmpty())
                                .forEach(groups::add);
                    }
                });
        return groups;
    }
}
