package dev.agentos.guard;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Executable;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import org.jspecify.annotations.Nullable;

/** Says for each rule what a plugin lacks for an act with these arguments: a permission in its one-line form. */
final class Judgement {

    private static final String BELOW = "/**";

    private Judgement() {}

    /** What is lacking; nothing when the act is allowed. */
    static @Nullable String lacking(
            Rule rule, Domain plugin, @Nullable Object a, @Nullable Object b, @Nullable Object c) {
        if (rule.act.startsWith("fs.")) {
            return ofFiles(rule, plugin, a, b);
        }
        if (rule.act.startsWith("net.")) {
            return NetworkJudgement.of(rule, plugin, a, b);
        }
        if (rule.act.startsWith("reflect.")) {
            return ofReflection(rule, plugin, a, b, c);
        }
        if (rule.act.startsWith("thread.")) {
            return a instanceof Thread thread && mayTouch(rule, plugin, thread, b) ? null : rule.act;
        }
        switch (rule) {
            case PROCESS_EXEC:
                String program = a instanceof String[] command && command.length > 0 ? command[0] : "";
                String lacking = needs(plugin, "process.exec", program);
                return lacking != null || plugin.children.mayBegin(Callers.starts()) ? lacking : Children.TOO_MANY;
            case PROCESS_ENVIRONMENT:
                return plugin.allows("env.read", "*") ? null : "env.read *";
            case PROCESS_STREAM:
                return a == ProcessBuilder.Redirect.INHERIT ? "jvm.global" : null;
            case JVM_PROPERTIES_CHANGE:
                return a == JdkFields.PROPERTIES ? "jvm.global" : null;
            case JVM_PROPERTY:
                return SecretProperties.contains(a) ? "jvm.global" : null;
            case JVM_PROVIDER:
                return a != null && plugin.owns(a.getClass().getClassLoader()) ? null : "jvm.global";
            case JVM_POOL_TASK:
                return takesOfOthers(Thread.currentThread()) ? rule.act : null;
            case JVM_POOL, JVM_POOL_WORKER:
                return a == ForkJoinPool.commonPool() ? "jvm.global" : null;
            case JVM_STREAM:
                return a == System.out || a == System.err ? "jvm.global" : null;
            case JVM_TLS:
                return JdkFields.isOfDefaultTls(a) ? "jvm.global" : null;
            case NATIVE_LIBRARY:
                // Which file it is, is asked when it was found.
                return isOfJdk(b) || plugin.allows("native.load", "") ? null : "native.load " + a;
            case NATIVE_LOAD:
                return isOfJdk(b) ? null : loadedNative(plugin, Targets.written(a));
            case NATIVE_ACCESS:
                return isOfJdk(a) || plugin.allows("native.memory", "") ? null : "native.memory";
            case CLASSLOADER_CREATE, CLASSLOADER_CREATE_DIRECT, DESERIALIZE:
                return plugin.allows(rule.act, "") ? null : rule.act;
            default:
                return rule.act;
        }
    }

    private static boolean mayTouch(Rule rule, Domain plugin, Thread thread, @Nullable Object loader) {
        switch (rule) {
            case THREAD_START:
                return Origins.started(thread, plugin);
            case THREAD_LASTING:
                // What one sets there is found by who comes next.
                return isOwn(thread, plugin) && !Origins.isOfAll(thread);
            case THREAD_LOADER:
                return isOwn(thread, plugin) && (!Origins.isOfAll(thread) || leavesNothing(thread, loader));
            default:
                return isOwn(thread, plugin);
        }
    }

    /**
     * Whether that class loader can be set there: who comes next on the thread would load its classes with a plugin's.
     * No pool gives its workers their own again while they have work, and a scheduler's thread never gets it.
     */
    private static boolean leavesNothing(Thread thread, @Nullable Object loader) {
        return !Origins.isFinalizer(thread)
                && (loader == ClassLoader.getSystemClassLoader() || loader == thread.getContextClassLoader());
    }

    /** What is left of a plugin that was unloaded may nothing; threads that all share are not its own. */
    static @Nullable String ofRevoked(Rule rule, Domain plugin, @Nullable Object a) {
        boolean shared = rule == Rule.THREAD_START
                && a instanceof Thread thread
                && Origins.isOfJdk(thread)
                && Origins.started(thread, plugin);
        boolean harmless = shared || rule == Rule.JVM_PROPERTY && !SecretProperties.contains(a);
        return harmless ? null : rule.act;
    }

    private static @Nullable String loadedNative(Domain plugin, @Nullable String file) {
        return file == null ? "native.load" : needs(plugin, "native.load", Targets.real(file, true));
    }

    /** What the JDK loads for itself, when a plugin needs it first, is the JDK's. */
    private static boolean isOfJdk(@Nullable Object caller) {
        return caller instanceof Class<?> type && Kinds.isJdk(type.getClassLoader());
    }

    private static boolean isOwn(Thread thread, Domain plugin) {
        return thread == Thread.currentThread() || !thread.isAlive() || Origins.of(thread) == plugin;
    }

    /**
     * Whether the tasks that it can take are those of the pool that all share; a plugin's own worker is asked nothing.
     */
    private static boolean takesOfOthers(Thread thread) {
        return Origins.isShared(thread) || !(thread instanceof ForkJoinWorkerThread);
    }

    static @Nullable String needs(Domain plugin, String act, String target) {
        return plugin.allows(act, target) ? null : act + ' ' + target;
    }

    // Files

    private static @Nullable String ofFiles(Rule rule, Domain plugin, @Nullable Object a, @Nullable Object b) {
        switch (rule) {
            case FS_DESCRIPTOR:
                return rule.act;
            case FS_RANDOM:
                boolean reads = b instanceof Integer mode && (mode.intValue() & 2) == 0;
                return file(plugin, reads ? "fs.read" : "fs.write", a, true, !reads);
            case FS_OPEN:
                return opened(plugin, a, b);
            case FS_STAT:
                return seen(plugin, a, !isNoFollow(b));
            case FS_STAT_TWO:
                String first = seen(plugin, a, true);
                return first == null ? seen(plugin, b, true) : first;
            case FS_COPY:
                String source = file(plugin, "fs.read", a, true, false);
                return source == null ? file(plugin, "fs.write", b, false, false) : source;
            case FS_MOVE:
                return moved(plugin, a, b);
            case FS_LINK, FS_SYMBOLIC_LINK:
                return linked(rule, plugin, a, b);
            case FS_LINK_READ:
                return file(plugin, "fs.read", a, false, false);
            case FS_DELETE:
                return file(plugin, "fs.delete", a, false, false);
            case FS_VIEW:
                return file(plugin, "fs.write", a == null ? null : JdkFields.ofView(a), true, false);
            case FS_VIEW_USER:
                return file(plugin, "fs.write", a == null ? null : JdkFields.ofUserView(a), true, false);
            case FS_URL:
                return a instanceof URL url ? archived(plugin, url) : null;
            case FS_USERS:
                return needs(plugin, "fs.read", "/etc/passwd");
            case FS_ZIP:
                return zipped(plugin, a);
            case RESOURCE:
                return isOwnResource(plugin, b) ? null : "fs.read classpath:" + a;
            default:
                return file(plugin, rule.act, a, true, false);
        }
    }

    /** The standard streams are the server's log, which a plugin may write to. */
    private static boolean isOwnResource(Domain plugin, @Nullable Object asked) {
        if (asked instanceof Class<?> type) {
            ClassLoader loader = type.getClassLoader();
            return Kinds.isJdk(loader) || Kinds.INSTANCE.of(loader) != null;
        }
        if (asked instanceof Module module) {
            return Kinds.isJdk(module.getClassLoader()) || Kinds.INSTANCE.of(module.getClassLoader()) != null;
        }
        return asked instanceof ClassLoader loader && (plugin.owns(loader) || Kinds.isJdk(loader));
    }

    private static @Nullable String file(
            Domain plugin, String act, @Nullable Object argument, boolean followLast, boolean readsToo) {
        String written = Targets.written(argument);
        if (written == null) {
            return null;
        }
        String real = Targets.real(written, followLast);
        String lacking = needs(plugin, act, real);
        return lacking == null && readsToo ? needs(plugin, "fs.read", real) : lacking;
    }

    /** Whether and what a file is may be seen by who may do anything to it or to a file below it. */
    private static @Nullable String seen(Domain plugin, @Nullable Object argument, boolean followLast) {
        String written = Targets.written(argument);
        if (written == null) {
            return null;
        }
        String real = Targets.real(written, followLast);
        return plugin.allows("fs.stat", real) ? null : "fs.read " + real;
    }

    private static boolean isNoFollow(@Nullable Object options) {
        if (options instanceof LinkOption[] links) {
            for (LinkOption option : links) {
                if (option == LinkOption.NOFOLLOW_LINKS) {
                    return true;
                }
            }
        }
        return false;
    }

    private static @Nullable String opened(Domain plugin, @Nullable Object path, @Nullable Object flags) {
        // The system's own copy of the options: a set could change between this look and the next.
        boolean writes = JdkFields.flag(flags, JdkFields.Flag.WRITE) || JdkFields.flag(flags, JdkFields.Flag.APPEND);
        boolean reads = JdkFields.flag(flags, JdkFields.Flag.READ) || !writes;
        boolean deletes = JdkFields.flag(flags, JdkFields.Flag.DELETE);
        boolean follows = !JdkFields.flag(flags, JdkFields.Flag.NO_FOLLOW);
        String lacking = writes ? file(plugin, "fs.write", path, follows, false) : null;
        if (lacking == null && reads) {
            lacking = file(plugin, "fs.read", path, follows, false);
        }
        return lacking == null && deletes ? file(plugin, "fs.delete", path, false, false) : lacking;
    }

    private static @Nullable String moved(Domain plugin, @Nullable Object a, @Nullable Object b) {
        String lacking = file(plugin, "fs.delete", a, false, false);
        if (lacking == null) {
            lacking = file(plugin, "fs.write", b, false, false);
        }
        String from = Targets.written(a);
        String to = Targets.written(b);
        if (lacking != null || from == null || to == null) {
            return lacking;
        }
        String source = Targets.real(from, false);
        String target = Targets.real(to, false);
        if (!Files.isDirectory(Path.of(source), LinkOption.NOFOLLOW_LINKS)) {
            // Who may read where it comes to could read what it is.
            return plugin.allows("fs.read", target) ? needs(plugin, "fs.read", source) : null;
        }
        // All that is in it goes along.
        lacking = needs(plugin, "fs.delete", source + BELOW);
        if (lacking == null) {
            lacking = needs(plugin, "fs.write", target + BELOW);
        }
        return lacking == null ? needs(plugin, "fs.read", source + BELOW) : lacking;
    }

    private static @Nullable String linked(Rule rule, Domain plugin, @Nullable Object link, @Nullable Object to) {
        String lacking = file(plugin, "fs.write", link, false, false);
        String name = Targets.written(link);
        String target = Targets.written(to);
        if (lacking != null || name == null || target == null) {
            return lacking;
        }
        String meant = target;
        if (rule == Rule.FS_SYMBOLIC_LINK && !target.startsWith("/")) {
            if (Targets.climbs(target)) {
                // Moved, with the folder that it is in, it would lead elsewhere.
                return "fs.write " + target;
            }
            Path folder = Path.of(Targets.real(name, false)).getParent();
            meant = (folder == null ? Path.of("/") : folder).resolve(target).toString();
        }
        // Who may use the link may do to the target whatever the link's place allows.
        String writes = file(plugin, "fs.write", meant, true, true);
        return writes == null ? file(plugin, "fs.delete", meant, true, false) : writes;
    }

    /** An archive may be open already, so that nothing else asks for the file, or for the server that it is from. */
    private static @Nullable String archived(Domain plugin, URL url) {
        String file = Targets.file(url);
        if (file != null) {
            return file(plugin, "fs.read", file, true, false);
        }
        String protocol = url.getProtocol();
        return protocol.startsWith("http") || protocol.equals("ftp")
                ? NetworkJudgement.addressed(plugin, url)
                : "fs.read " + url.toExternalForm();
    }

    private static @Nullable String zipped(Domain plugin, @Nullable Object uri) {
        if (!(uri instanceof URI given)) {
            return null;
        }
        String text = given.getRawSchemeSpecificPart();
        int entry = text == null ? -1 : text.indexOf("!/");
        String inner = text == null ? "" : entry < 0 ? text : text.substring(0, entry);
        if (!inner.startsWith("file:")) {
            return "fs.read " + inner;
        }
        String path = URI.create(inner).getPath();
        return file(plugin, "fs.read", path == null ? "" : path, true, false);
    }

    // Reflection

    private static @Nullable String ofReflection(
            Rule rule, Domain plugin, @Nullable Object a, @Nullable Object b, @Nullable Object c) {
        switch (rule) {
            case CLASS_LOAD, CLASS_FOR_NAME:
                return loaded(plugin, String.valueOf((String) a), b);
            case CLASS_LINK:
                String name = String.valueOf((String) a);
                return !ReservedApi.isJdkName(name) || plugin.mayLink(name) ? null : "reflect.core " + name;
            case REFLECT_DEEP:
                return a instanceof AccessibleObject object ? opened(plugin, object) : null;
            case REFLECT_DEEP_ARRAY:
                return a instanceof AccessibleObject[] objects ? openedAll(plugin, objects) : null;
            case REFLECT_PRIVATE:
                return a instanceof Class<?> type ? deep(plugin, type) : null;
            case REFLECT_REPLACE:
                return plugin.allows(rule.act, "") ? null : rule.act;
            case REFLECT_WRITE:
                return a == null
                                || !Kinds.isHost(a.getClass().getClassLoader())
                                || plugin.mayLink(a.getClass().getName())
                        ? null
                        : deep(plugin, a.getClass());
            case REFLECT_MODULE:
                return a instanceof Module module && plugin.owns(module.getClassLoader()) ? null : "reflect.deep";
            case REFLECT_CORE:
                return b instanceof Member member ? used(plugin, member) : null;
            case REFLECT_LOOKUP:
                return b instanceof Class<?> type ? used(plugin, type, c instanceof String text ? text : "") : null;
            case REFLECT_LOOKUP_BIND:
                return b == null ? null : used(plugin, b.getClass(), String.valueOf((String) c));
            case REFLECT_LOOKUP_MEMBER:
                return b instanceof Member member ? used(plugin, member) : null;
            case REFLECT_LOOKUP_CLASS:
                return a instanceof MethodHandles.Lookup lookup
                        ? loaded(
                                plugin,
                                String.valueOf((String) b),
                                lookup.lookupClass().getClassLoader())
                        : rule.act;
            default:
                return rule.act;
        }
    }

    /** A class by name from a loader: the plugin's own answers for itself. */
    private static @Nullable String loaded(Domain plugin, String name, @Nullable Object from) {
        ClassLoader loader = from instanceof ClassLoader given ? given : null;
        if (from instanceof Module module) {
            loader = module.getClassLoader();
        } else if (from instanceof Class<?> caller) {
            loader = caller.getClassLoader();
        }
        if (loader != null && Kinds.INSTANCE.of(loader) != null) {
            return null;
        }
        String element = element(name);
        return plugin.mayLink(element) ? null : "reflect.core " + element;
    }

    private static String element(String name) {
        int brackets = 0;
        while (brackets < name.length() && name.charAt(brackets) == '[') {
            brackets++;
        }
        boolean object = brackets > 0 && brackets < name.length() && name.charAt(brackets) == 'L';
        return object && name.endsWith(";") ? name.substring(brackets + 1, name.length() - 1) : name;
    }

    private static @Nullable String used(Domain plugin, Member member) {
        return used(plugin, member.getDeclaringClass(), member.getName());
    }

    private static @Nullable String used(Domain plugin, Class<?> type, String member) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.getComponentType();
        }
        ClassLoader loader = element.getClassLoader();
        if (element.isPrimitive() || plugin.owns(loader) || Kinds.INSTANCE.of(loader) != null) {
            return null;
        }
        String owner = element.getName();
        return plugin.mayLink(owner) ? null : "reflect.core " + owner + (member.isEmpty() ? "" : "." + member);
    }

    private static @Nullable String opened(Domain plugin, AccessibleObject object) {
        if (!(object instanceof Member member)) {
            return null;
        }
        boolean open = object instanceof Executable && isPublic(member);
        return open ? used(plugin, member) : deep(plugin, member.getDeclaringClass());
    }

    /**
     * Whether everybody may call it anyway, so that nothing is opened: libraries ask for it all the same. A field is
     * never meant, because opening a final one lets it be written.
     */
    private static boolean isPublic(Member member) {
        for (Class<?> type = member.getDeclaringClass(); type != null; type = type.getDeclaringClass()) {
            if (!Modifier.isPublic(type.getModifiers())) {
                return false;
            }
        }
        Class<?> owner = member.getDeclaringClass();
        return Modifier.isPublic(member.getModifiers()) && owner.getModule().isExported(owner.getPackageName());
    }

    private static @Nullable String openedAll(Domain plugin, AccessibleObject[] objects) {
        for (AccessibleObject object : objects) {
            String lacking = object == null ? null : opened(plugin, object);
            if (lacking != null) {
                return lacking;
            }
        }
        return null;
    }

    /** Private members are a plugin's own affair in its own classes only. */
    private static @Nullable String deep(Domain plugin, Class<?> type) {
        ClassLoader loader = type.getClassLoader();
        if (plugin.owns(loader)) {
            return null;
        }
        boolean grantable = !Kinds.isJdk(loader) && !Kinds.isOfGuard(type);
        return grantable && plugin.allows("reflect.deep", "") ? null : "reflect.deep " + type.getName();
    }
}
