package dev.agentos.verifier;

import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * What a plugin may link of the Java platform: an allow-list, so that what it does not name is refused. The verifier
 * asks it about every reference in a class file, the running server about what is reached by reflection and by name.
 *
 * <p>Class names are given with dots or slashes, descriptors in the form of class files. Safe for use by many threads.
 */
public final class JdkLinks {

    /** What the list says about a class or a member. */
    public sealed interface Verdict {

        /** Free to every plugin. */
        record Allowed() implements Verdict {}

        /** May be linked; the running server decides about what it is used on. */
        record Guarded() implements Verdict {}

        /**
         * May be linked by a plugin that has one of these.
         *
         * @param anyOf at least one
         */
        record Needs(List<Need> anyOf) implements Verdict {
            public Needs {
                anyOf = List.copyOf(anyOf);
            }
        }

        /**
         * May not be linked.
         *
         * @param reason a word of {@link PermissionKind#neverGrantable()}, {@code unlisted} for what the list leaves
         *     out, {@code hidden} for what is not public, or {@code absent} for what this Java has not
         */
        record Never(String reason) implements Verdict {}
    }

    /**
     * A permission by which something may be linked.
     *
     * @param kind of which kind; its target does not matter here, but to the act itself
     * @param group the name of the group for {@link PermissionKind#JDK_GROUP}, else empty
     */
    public record Need(PermissionKind kind, String group) {

        /** Whether that permission is one. */
        public boolean metBy(Permission permission) {
            return permission.kind() == kind
                    && (group.isEmpty() || permission.target().equals(Optional.of(group)));
        }

        /** As a manifest declares it: {@code fs.read}, {@code jdk.group xml}. */
        @Override
        public String toString() {
            return group.isEmpty() ? kind.word() : kind.word() + " " + group;
        }
    }

    private static final Verdict UNLISTED = new Verdict.Never(JdkRules.UNLISTED);
    private static final Verdict HIDDEN = new Verdict.Never("hidden");
    private static final Verdict ABSENT = new Verdict.Never("absent");

    private static final class Shared {
        static final JdkLinks LINKS = new JdkLinks();
    }

    private final JdkRules rules = JdkRules.read();
    private final Set<String> platformPackages;
    private final Map<String, String> index = new HashMap<>();
    private final Map<String, Optional<JdkType>> types = new ConcurrentHashMap<>();
    private final Map<String, Boolean> mentioned = new ConcurrentHashMap<>();

    private JdkLinks() {
        platformPackages = ModuleFinder.ofSystem().findAll().stream()
                .flatMap(module -> module.descriptor().packages().stream())
                .collect(Collectors.toCollection(HashSet::new));
        for (String line : JdkRules.lines("jdk-classes.txt")) {
            if (!line.startsWith("#")) {
                index.put(line.substring(0, line.indexOf(' ')), line.substring(line.indexOf(' ') + 1));
            }
        }
    }

    /** The list for the Java that this runs on. */
    public static JdkLinks current() {
        return Shared.LINKS;
    }

    /** Which list this is, for which Java: what was verified by another is to be verified again. */
    public static String edition() {
        String rules = String.join("\n", JdkRules.lines("jdk-links.txt"))
                + String.join("\n", JdkRules.lines("jdk-classes.txt"));
        return Runtime.version() + " " + VerifiedClasses.digest(rules.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether the class, whether it is there or not, belongs to the Java platform. */
    public boolean isPlatform(String className) {
        String name = dotted(className);
        String packageName = name.substring(0, Math.max(0, name.lastIndexOf('.')));
        return packageName.equals("java") || packageName.startsWith("java.") || platformPackages.contains(packageName);
    }

    /** What the list says about naming a class of the platform. */
    public Verdict verdict(String className) {
        String name = dotted(className);
        Verdict verdict = rules.ofClass(name).orElse(UNLISTED);
        return verdict instanceof Verdict.Never || index.containsKey(name) ? verdict : closed(name);
    }

    /** Whether a class that the index lacks is not public, not there, or too new to have been judged. */
    private Verdict closed(String name) {
        return JdkType.of(name).map(type -> type.isPublic() ? UNLISTED : HIDDEN).orElse(ABSENT);
    }

    /**
     * What the list says about a member of a class of the platform.
     *
     * @param owner the class by which the member is named; it may inherit it
     * @param member a method's or field's name, {@code <init>} for a constructor
     */
    public Verdict verdict(String owner, String member, String descriptor) {
        String name = dotted(owner);
        Verdict ofClass = verdict(name);
        if (ofClass instanceof Verdict.Never) {
            return ofClass;
        }
        List<JdkType.Declaration> declarations = types.computeIfAbsent(name, JdkType::of)
                .map(type -> type.declarations(member, descriptor))
                .orElse(List.of());
        if (declarations.isEmpty()) {
            return ABSENT;
        }
        if (declarations.stream().noneMatch(JdkType.Declaration::accessible)) {
            return HIDDEN;
        }
        return declarations.stream()
                .flatMap(declaration -> rules.ofMember(declaration.type(), member, descriptor).stream())
                .reduce((one, other) -> weight(one) >= weight(other) ? one : other)
                .orElse(ofClass);
    }

    private static int weight(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Allowed() -> 0;
            case Verdict.Guarded() -> 1;
            case Verdict.Needs needs -> 2;
            case Verdict.Never never -> 3;
        };
    }

    /**
     * Whether a plugin with those grants may reach a class by reflection. What is not public, or was made at run time
     * and has no name to load it by, is left to the access checks of the Java platform, whose own code looks it up on
     * behalf of plugins: to put strings together, it does.
     */
    public boolean reaches(String className, Collection<Permission> granted) {
        Verdict verdict = verdict(className);
        return verdict.equals(HIDDEN) || verdict.equals(ABSENT) || allows(verdict, granted);
    }

    /**
     * Whether a plugin with those grants may link what that is said of; what is guarded is judged by its own target.
     */
    public static boolean allows(Verdict verdict, Collection<Permission> granted) {
        return switch (verdict) {
            case Verdict.Allowed() -> true;
            case Verdict.Guarded() -> true;
            case Verdict.Needs(List<Need> anyOf) ->
                anyOf.stream().anyMatch(need -> granted.stream().anyMatch(need::metBy));
            case Verdict.Never never -> false;
        };
    }

    /** Whether members of that name have rules of their own in some class, so that inheriting them matters. */
    boolean mentions(String member) {
        return mentioned.computeIfAbsent(member, rules::mentions);
    }

    /** The groups that {@code jdk.group} names. */
    public Set<String> groups() {
        return rules.groups();
    }

    JdkRules rules() {
        return rules;
    }

    /** The classes that can be linked, each with the checksum of its members. */
    Map<String, String> index() {
        return index;
    }

    static String dotted(String className) {
        return className.replace('/', '.');
    }
}
