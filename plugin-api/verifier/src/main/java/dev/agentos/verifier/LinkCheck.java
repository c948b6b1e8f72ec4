package dev.agentos.verifier;

import dev.agentos.verifier.JdkLinks.Verdict;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.DirectMethodHandleDesc;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds what classes link of the Java platform beyond what is free. The constant pool names all that a class can link,
 * bootstrap methods of lambdas and constants included; the code is read only of a class where something was found, to
 * say which method it is.
 */
final class LinkCheck {

    /**
     * A link that is not free.
     *
     * @param where the JAR
     * @param className the class that links, with dots
     * @param method the first method that does; empty when it is none, as for a superclass
     * @param target the class or member, with dots
     * @param member whether the target is a member
     * @param verdict what the list says
     */
    record Link(
            String where, String className, Optional<String> method, String target, boolean member, Verdict verdict) {
        String place() {
            return method.map(name -> className + "." + name).orElse(className);
        }
    }

    /** A member that is named by a class of the plugin, and may be inherited from the platform. */
    private record Inherited(String owner, String member, String descriptor) {}

    /** A class of the plugin: what it extends and which members that matter it declares itself. */
    private record Declared(List<String> parents, Set<String> members) {}

    private final JdkLinks links = JdkLinks.current();
    private final List<Link> found = new ArrayList<>();
    /** A name may stand for several classes: in nested JARs, and for other versions of Java. */
    private final Map<String, List<Declared>> classes = new HashMap<>();

    private final Map<Inherited, Link> inherited = new LinkedHashMap<>();

    /** Reads one class of the JAR {@code where}. */
    void scan(String where, ClassModel model) {
        String name = JdkLinks.dotted(model.thisClass().asInternalName());
        remember(name, model);
        Map<PoolEntry, Link> beyond = new LinkedHashMap<>();
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry named) {
                scanClass(where, name, named).ifPresent(link -> beyond.put(named, link));
            } else if (entry instanceof MemberRefEntry reference) {
                scanMember(where, name, reference).ifPresent(link -> beyond.put(reference, link));
            }
        }
        if (!beyond.isEmpty()) {
            Map<PoolEntry, String> methods = methods(model, beyond.keySet());
            // A member says more than its class, which is named by every use of a member.
            Set<String> owners = new HashSet<>();
            beyond.forEach((entry, link) -> {
                if (entry instanceof MemberRefEntry reference) {
                    owners.add(reference.owner().asInternalName());
                }
            });
            beyond.forEach((entry, link) -> {
                boolean covered = entry instanceof ClassEntry named && owners.contains(named.asInternalName());
                if (!covered) {
                    found.add(new Link(
                            where,
                            name,
                            Optional.ofNullable(methods.get(entry)),
                            link.target,
                            link.member,
                            link.verdict));
                }
            });
        }
    }

    private void remember(String name, ClassModel model) {
        List<String> parents = new ArrayList<>();
        model.superclass().ifPresent(parent -> parents.add(JdkLinks.dotted(parent.asInternalName())));
        model.interfaces().forEach(parent -> parents.add(JdkLinks.dotted(parent.asInternalName())));
        Set<String> members = new HashSet<>();
        for (MethodModel method : model.methods()) {
            String member = method.methodName().stringValue();
            if (links.mentions(member)) {
                members.add(member + method.methodType().stringValue());
            }
        }
        classes.computeIfAbsent(name, absent -> new ArrayList<>())
                .add(new Declared(List.copyOf(parents), Set.copyOf(members)));
    }

    private Optional<Link> scanClass(String where, String name, ClassEntry entry) {
        String target = element(entry.asInternalName());
        if (target.isEmpty() || !links.isPlatform(target)) {
            return Optional.empty();
        }
        return link(where, name, JdkLinks.dotted(target), false, links.verdict(target));
    }

    private Optional<Link> scanMember(String where, String name, MemberRefEntry entry) {
        String owner = entry.owner().asInternalName();
        String member = entry.name().stringValue();
        String descriptor = entry.type().stringValue();
        if (owner.startsWith("[")) {
            return Optional.empty(); // an array's own methods; its element is a class entry
        }
        String target = JdkLinks.dotted(owner) + (member.equals("<init>") ? "" : "." + member);
        if (links.isPlatform(owner)) {
            return link(where, name, target, true, links.verdict(owner, member, descriptor));
        }
        if (!member.equals("<init>") && links.mentions(member)) {
            inherited.putIfAbsent(
                    new Inherited(JdkLinks.dotted(owner), member, descriptor),
                    new Link(where, name, Optional.empty(), target, true, new Verdict.Allowed()));
        }
        return Optional.empty();
    }

    private static Optional<Link> link(String where, String name, String target, boolean member, Verdict verdict) {
        return verdict instanceof Verdict.Allowed
                ? Optional.empty()
                : Optional.of(new Link(where, name, Optional.empty(), target, member, verdict));
    }

    /** The class of which an array is; empty for primitives. */
    private static String element(String internalName) {
        if (!internalName.startsWith("[")) {
            return internalName;
        }
        String element = internalName.substring(internalName.lastIndexOf('[') + 1);
        return element.startsWith("L") ? element.substring(1, element.length() - 1) : "";
    }

    /** The first method that uses each of the entries. */
    private static Map<PoolEntry, String> methods(ClassModel model, Set<PoolEntry> entries) {
        Map<String, PoolEntry> byText = new HashMap<>();
        entries.forEach(entry -> byText.put(text(entry), entry));
        Map<PoolEntry, String> methods = new HashMap<>();
        for (MethodModel method : model.methods()) {
            String name = method.methodName().stringValue();
            method.code().ifPresent(code -> {
                for (CodeElement element : code) {
                    for (String used : used(element)) {
                        Optional.ofNullable(byText.get(used)).ifPresent(entry -> methods.putIfAbsent(entry, name));
                    }
                }
            });
        }
        return methods;
    }

    private static String text(PoolEntry entry) {
        return switch (entry) {
            case MemberRefEntry member -> text(member);
            case ClassEntry named -> named.asInternalName();
            default -> "";
        };
    }

    private static String text(MemberRefEntry member) {
        return member.owner().asInternalName() + "#" + member.name().stringValue()
                + member.type().stringValue();
    }

    private static Set<String> used(CodeElement element) {
        Set<String> used = new LinkedHashSet<>();
        switch (element) {
            case InvokeInstruction call -> used.add(text(call.method()));
            case FieldInstruction field -> used.add(text(field.field()));
            case InvokeDynamicInstruction dynamic -> {
                add(used, dynamic.bootstrapMethod());
                dynamic.bootstrapArgs().forEach(argument -> {
                    if (argument instanceof DirectMethodHandleDesc handle) {
                        add(used, handle);
                    }
                });
            }
            case java.lang.classfile.instruction.NewObjectInstruction made ->
                used.add(made.className().asInternalName());
            case java.lang.classfile.instruction.TypeCheckInstruction check ->
                used.add(check.type().asInternalName());
            case java.lang.classfile.instruction.ConstantInstruction.LoadConstantInstruction constant -> {
                if (constant.constantEntry() instanceof ClassEntry named) {
                    used.add(named.asInternalName());
                }
            }
            case java.lang.classfile.instruction.ExceptionCatch caught ->
                caught.catchType().ifPresent(type -> used.add(type.asInternalName()));
            default -> {
                // nothing that names a class of the platform beyond the above
            }
        }
        return used;
    }

    private static void add(Set<String> used, DirectMethodHandleDesc handle) {
        String owner = handle.owner().descriptorString();
        used.add(owner.substring(1, owner.length() - 1) + "#" + handle.methodName() + handle.lookupDescriptor());
    }

    /** All links beyond what is free, in the order of the classes; those by inheritance last. */
    List<Link> links() {
        List<Link> all = new ArrayList<>(found);
        inherited.forEach((reference, link) -> inheritedVerdict(reference)
                .ifPresent(verdict ->
                        all.add(new Link(link.where, link.className, link.method, link.target, true, verdict))));
        return all;
    }

    /**
     * What the list says of a member that a class of the plugin inherits; empty when it is free or the plugin's own.
     */
    private Optional<Verdict> inheritedVerdict(Inherited reference) {
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(reference.owner));
        while (!open.isEmpty()) {
            String type = open.removeFirst();
            if (!seen.add(type)) {
                continue;
            }
            List<Declared> declared = classes.getOrDefault(type, List.of());
            if (declared.isEmpty() && links.isPlatform(type)) {
                Verdict verdict = links.verdict(type, reference.member, reference.descriptor);
                if (!(verdict instanceof Verdict.Allowed || isNothing(verdict))) {
                    return Optional.of(verdict);
                }
            }
            declared.stream()
                    .filter(one -> !one.members.contains(reference.member + reference.descriptor))
                    .forEach(one -> open.addAll(one.parents));
        }
        return Optional.empty();
    }

    /** Whether the platform has no such member for the plugin to inherit. */
    private static boolean isNothing(Verdict verdict) {
        return verdict instanceof Verdict.Never(String reason)
                && (reason.equals("absent") || reason.equals("hidden") || reason.equals(JdkRules.UNLISTED));
    }
}
