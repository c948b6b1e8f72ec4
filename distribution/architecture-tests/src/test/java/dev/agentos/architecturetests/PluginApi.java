package dev.agentos.architecturetests;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.properties.HasName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What one package offers to plugins and asks of them, a fact a line. To take an offer away is incompatible, to add one
 * is not; with what is asked of those who implement a type, lines that begin with {@code !}, it is the other way round.
 */
record PluginApi(String name, Version version, SortedSet<String> facts) {

    private static final String DEMAND = "! ";

    /** Types that the host lends and plugins only call: more of them asks nothing of a plugin. */
    static final Set<String> LENT = Set.of(
            "dev.agentos.spi.CallContext",
            "dev.agentos.spi.FileSpace",
            "dev.agentos.spi.HttpAccess",
            "dev.agentos.spi.KeyValueState",
            "dev.agentos.spi.Metrics",
            "dev.agentos.spi.Models",
            "dev.agentos.spi.PluginContext",
            "dev.agentos.spi.ResponseStream",
            "dev.agentos.spi.TenantExecutions",
            "dev.agentos.spi.Tools");

    /** A package's version. */
    record Version(int major, int minor, int micro) {

        static Version parse(String text) {
            var parts = text.split("\\.");
            return new Version(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
        }

        private boolean isAtLeast(int otherMajor, int otherMinor) {
            return major > otherMajor || (major == otherMajor && minor >= otherMinor);
        }

        @Override
        public String toString() {
            return major + "." + minor + "." + micro;
        }
    }

    static PluginApi of(String name, Version version, Collection<JavaClass> types) {
        var facts = new TreeSet<String>();
        types.stream()
                .filter(type -> type.getPackageName().equals(name) && isExposed(type))
                .forEach(type -> facts.addAll(facts(type)));
        return new PluginApi(name, version, facts);
    }

    /** What is wrong with this as the successor of an earlier release; empty when its version says what changed. */
    List<String> faultsAfter(PluginApi earlier) {
        var broken = new ArrayList<String>();
        var added = new ArrayList<String>();
        changes(earlier.facts, facts, "gone: ", broken, added);
        changes(facts, earlier.facts, "new: ", added, broken);
        var was = earlier.version;
        var faults = new ArrayList<String>();
        if (!broken.isEmpty() && !version.isAtLeast(was.major + 1, 0)) {
            faults.add(name + " " + version + " breaks plugins of " + was + ": keep what it had, or make it version "
                    + (was.major + 1) + ".0.0.\n  " + String.join("\n  ", broken));
        } else if (broken.isEmpty() && !added.isEmpty() && !version.isAtLeast(was.major, was.minor + 1)) {
            faults.add(name + " " + version + " has more than " + was + " had: make it version " + was.major + "."
                    + (was.minor + 1) + ".0.\n  " + String.join("\n  ", added));
        } else if (!version.isAtLeast(was.major, was.minor)) {
            faults.add(name + " " + version + " is earlier than the released " + was + ".");
        }
        return faults;
    }

    private static void changes(
            Set<String> in, Set<String> notIn, String word, List<String> offers, List<String> demands) {
        in.stream()
                .filter(fact -> !notIn.contains(fact))
                .forEach(fact -> (fact.startsWith(DEMAND) ? demands : offers).add(word + fact));
    }

    private static boolean isExposed(JavaClass type) {
        var modifiers = type.getModifiers();
        var visible = modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
        return visible
                && !type.isAnonymousClass()
                && !type.isLocalClass()
                && type.getEnclosingClass().map(PluginApi::isExposed).orElse(true);
    }

    static List<String> facts(JavaClass type) {
        var name = type.getName();
        var facts = new ArrayList<String>();
        var variables = type.getTypeParameters().stream().map(HasName::getName).collect(Collectors.joining(", "));
        facts.add(kind(type) + " " + name + (variables.isEmpty() ? "" : "<" + variables + ">"));
        type.getSuperclass()
                .filter(parent -> !parent.getName().equals("java.lang.Object"))
                .ifPresent(parent -> facts.add(name + " is a " + parent.getName()));
        type.getInterfaces().forEach(parent -> facts.add(name + " is a " + parent.getName()));
        var permitted = permitted(type);
        if (!permitted.isEmpty()) {
            facts.add(name + " is one of " + String.join(", ", permitted));
        }
        var open = permitted.isEmpty() && isOpen(type);
        if (open) {
            facts.add(name + " can have subtypes");
        }
        if (!type.getModifiers().contains(JavaModifier.ABSTRACT)
                && type.getConstructors().stream().anyMatch(PluginApi::isPublic)) {
            facts.add(name + " can be made");
        }
        type.getFields().stream()
                .filter(field -> isVisible(field, open))
                .forEach(field -> facts.add(name + "." + field.getName() + ": "
                        + field.getType().getName() + (isStatic(field) ? " static" : "")));
        type.getConstructors().stream()
                .filter(constructor -> isVisible(constructor, open))
                .forEach(constructor -> facts.add(name + parameters(constructor)));
        type.getMethods().stream()
                .filter(method -> isVisible(method, open) && !isOfObject(method))
                .forEach(method -> add(method, name, open, facts));
        return facts;
    }

    private static void add(JavaMethod method, String type, boolean open, List<String> facts) {
        var signature = method.getName() + parameters(method);
        var returned = ": " + method.getReturnType().getName();
        facts.add(type + "." + signature + returned + (isStatic(method) ? " static" : ""));
        if (!open) {
            return;
        }
        if (method.getModifiers().contains(JavaModifier.ABSTRACT)) {
            if (!LENT.contains(type.replaceFirst("\\$.*", ""))) {
                facts.add(DEMAND + type + " asks for " + signature + returned);
            }
        } else if (!method.getOwner().isInterface()
                && !isStatic(method)
                && !method.getModifiers().contains(JavaModifier.FINAL)) {
            facts.add(type + "." + signature + " can be overridden");
        }
    }

    private static String kind(JavaClass type) {
        if (type.isAnnotation()) {
            return "annotation";
        }
        return type.isInterface() ? "interface" : type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
    }

    private static boolean isOpen(JavaClass type) {
        if (type.isInterface()) {
            return !type.isAnnotation();
        }
        return !type.isEnum()
                && !type.getModifiers().contains(JavaModifier.FINAL)
                && type.getConstructors().stream().anyMatch(constructor -> isVisible(constructor, true));
    }

    private static boolean isPublic(JavaMember member) {
        return member.getModifiers().contains(JavaModifier.PUBLIC);
    }

    private static boolean isStatic(JavaMember member) {
        return member.getModifiers().contains(JavaModifier.STATIC);
    }

    private static boolean isVisible(JavaMember member, boolean open) {
        var modifiers = member.getModifiers();
        return (isPublic(member) || (open && modifiers.contains(JavaModifier.PROTECTED)))
                && !modifiers.contains(JavaModifier.SYNTHETIC)
                && !modifiers.contains(JavaModifier.BRIDGE);
    }

    private static boolean isOfObject(JavaMethod method) {
        return Set.of("hashCode()", "toString()", "equals(java.lang.Object)")
                .contains(method.getName() + parameters(method));
    }

    private static String parameters(JavaCodeUnit unit) {
        return unit.getParameterTypes().stream().map(HasName::getName).collect(Collectors.joining(", ", "(", ")"));
    }

    /** What a sealed type permits: a switch over it may rely on there being no more. */
    private static List<String> permitted(JavaClass type) {
        var file = Path.of(type.getSource().orElseThrow().getUri());
        try {
            return ClassFile.of()
                    .parse(Files.readAllBytes(file))
                    .findAttribute(Attributes.permittedSubclasses())
                    .map(attribute -> attribute.permittedSubclasses().stream()
                            .map(permitted -> permitted.asInternalName().replace('/', '.'))
                            .sorted()
                            .toList())
                    .orElse(List.of());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
