package dev.agentos.verifier;

import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.zip.CRC32;

/** A class of the Java platform with what it declares and inherits, looked at without being initialised. */
final class JdkType {

    private static final int SHOWN = Modifier.PUBLIC | Modifier.PROTECTED;

    private final Class<?> type;
    private final Map<String, List<Declaration>> members = new HashMap<>();

    /**
     * A class that declares a member.
     *
     * @param accessible whether classes of other packages see it
     */
    record Declaration(String type, String descriptor, boolean accessible, boolean anyDescriptor) {}

    private JdkType(Class<?> type) {
        this.type = type;
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            MethodType form = MethodType.methodType(void.class, constructor.getParameterTypes());
            add(type, "<init>", form.descriptorString(), constructor.getModifiers(), false);
        }
        for (Class<?> declaring : hierarchy(type)) {
            for (Method method : declaring.getDeclaredMethods()) {
                MethodType form = MethodType.methodType(method.getReturnType(), method.getParameterTypes());
                // Method handles and variable handles take any arguments: the platform itself looks at names alone.
                boolean any = method.isVarArgs()
                        && Modifier.isNative(method.getModifiers())
                        && declaring.getPackageName().equals("java.lang.invoke");
                add(declaring, method.getName(), form.descriptorString(), method.getModifiers(), any);
            }
            for (Field field : declaring.getDeclaredFields()) {
                add(declaring, field.getName(), field.getType().descriptorString(), field.getModifiers(), false);
            }
        }
    }

    /** The class of that name, with dots; empty when the platform has none. */
    static Optional<JdkType> of(String name) {
        try {
            return Optional.of(new JdkType(Class.forName(name, false, ClassLoader.getPlatformClassLoader())));
        } catch (ClassNotFoundException | LinkageError e) {
            return Optional.empty();
        }
    }

    private void add(Class<?> declaring, String name, String descriptor, int modifiers, boolean any) {
        members.computeIfAbsent(name, absent -> new ArrayList<>())
                .add(new Declaration(declaring.getName(), descriptor, (modifiers & SHOWN) != 0, any));
    }

    /** The class, what it extends and implements, and Object for an interface. */
    private static Set<Class<?>> hierarchy(Class<?> type) {
        Set<Class<?>> found = new LinkedHashSet<>();
        List<Class<?>> open = new ArrayList<>(List.of(type));
        while (!open.isEmpty()) {
            Class<?> next = open.removeFirst();
            if (found.add(next)) {
                Optional.ofNullable(next.getSuperclass()).ifPresent(open::add);
                open.addAll(List.of(next.getInterfaces()));
            }
        }
        found.add(Object.class);
        return found;
    }

    /** Whether the class and all around it can be named by others. */
    boolean isPublic() {
        for (Class<?> some = type; some != null; some = some.getDeclaringClass()) {
            if ((some.getModifiers() & SHOWN) == 0) {
                return false;
            }
        }
        return type.getModule().isExported(type.getPackageName());
    }

    /** All classes of the hierarchy that declare that member, the nearest first. */
    List<Declaration> declarations(String name, String descriptor) {
        return members.getOrDefault(name, List.of()).stream()
                .filter(declaration -> declaration.anyDescriptor || declaration.descriptor.equals(descriptor))
                .toList();
    }

    /** A checksum of what others see of the class: another one means that the rules must be looked at again. */
    String checksum() {
        SortedSet<String> shown = new TreeSet<>();
        members.forEach((name, declarations) -> declarations.stream()
                .filter(declaration -> declaration.accessible && declaration.type.equals(type.getName()))
                .forEach(declaration -> shown.add(name + declaration.descriptor)));
        Optional.ofNullable(type.getSuperclass()).ifPresent(parent -> shown.add("extends " + parent.getName()));
        for (Class<?> parent : type.getInterfaces()) {
            shown.add("implements " + parent.getName());
        }
        CRC32 sum = new CRC32();
        sum.update(String.join("\n", shown).getBytes(StandardCharsets.UTF_8));
        return "%08x".formatted(sum.getValue());
    }

    /** The members that others see, by name and descriptor. */
    List<Map.Entry<String, String>> shown() {
        List<Map.Entry<String, String>> shown = new ArrayList<>();
        members.forEach((name, declarations) -> declarations.stream()
                .filter(declaration -> declaration.accessible)
                .forEach(declaration -> shown.add(Map.entry(name, declaration.descriptor))));
        return shown;
    }
}
