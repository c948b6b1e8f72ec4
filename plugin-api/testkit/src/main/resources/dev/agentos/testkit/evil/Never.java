package evil;

import java.io.*;
import java.lang.reflect.*;
import java.util.*;
import java.util.function.BiConsumer;

/** Calls by reflection whatever of the platform nobody may link; a host without a guard would not live through it. */
final class Never {
    private Never() {}

    /** What is harmless by itself: what could be done with it is refused, or Java refuses it already. */
    private static final Set<String> HARMLESS = Set.of("getFD", "console", "destroy");

    static void all(List<String> members, Place in, BiConsumer<String, String> outcomes) {
        for (String entry : members) {
            int at = entry.indexOf('#');
            String type = entry.substring(0, at);
            String member = entry.substring(at + 1);
            if (HARMLESS.contains(member) || member.startsWith("<")) {
                continue;
            }
            outcomes.accept("guard.never." + type + "." + member, Evil.outcome(() -> everyOverload(type, member, in)));
        }
    }

    /** Answers with the first that comes through; else fails as the last of them. */
    private static Object everyOverload(String type, String member, Place in) throws Throwable {
        if (!Evil.guarded) {
            return true;
        }
        Throwable refusal = new Exception("lacks permission: there is no such member");
        for (Method method : Class.forName(type).getDeclaredMethods()) {
            boolean meant = member.endsWith("*")
                    ? method.getName().startsWith(member.substring(0, member.length() - 1))
                    : method.getName().equals(member);
            // There is no handler of the host that a plugin could come by.
            if (!meant || type.equals("java.util.logging.Handler") || !Modifier.isPublic(method.getModifiers())) {
                continue;
            }
            Object target = Modifier.isStatic(method.getModifiers()) ? null : target(method.getDeclaringClass());
            try {
                return String.valueOf(method.invoke(target, arguments(method.getParameterTypes())));
            } catch (InvocationTargetException e) {
                refusal = e.getCause();
                if (refusal instanceof UnsupportedOperationException) {
                    refusal = new Exception("lacks permission: Java does not do that any more", refusal);
                }
                if (!String.valueOf(refusal.getMessage()).contains("lacks permission")) {
                    throw refusal;
                }
            }
        }
        throw refusal;
    }

    private static Object target(Class<?> type) throws Exception {
        return switch (type.getName()) {
            case "java.lang.Runtime" -> Runtime.getRuntime();
            case "java.lang.Thread" -> Evil.victim;
            case "java.lang.ThreadGroup" -> Evil.victim.getThreadGroup();
            case "java.util.logging.Logger" -> java.util.logging.Logger.getLogger("evil");
            case "java.net.URLConnection" ->
                new java.net.URI("http://127.0.0.1/").toURL().openConnection();
            default -> throw new IllegalStateException("no target for " + type);
        };
    }

    private static Object[] arguments(Class<?>[] types) {
        Object[] all = new Object[types.length];
        for (int n = 0; n < types.length; n++) {
            all[n] = argument(types[n]);
        }
        return all;
    }

    private static Object argument(Class<?> type) {
        if (type == int.class) {
            return 1;
        } else if (type == boolean.class) {
            return true;
        } else if (type == String.class) {
            return "evil";
        } else if (type == Thread.class) {
            return new Thread(() -> {});
        } else if (type == Locale.class) {
            return Locale.getDefault();
        } else if (type == Locale.Category.class) {
            return Locale.Category.FORMAT;
        } else if (type == TimeZone.class) {
            return TimeZone.getDefault();
        } else if (type == PrintStream.class) {
            return System.out;
        } else if (type == Thread[].class) {
            return new Thread[10];
        } else if (type == ThreadGroup[].class) {
            return new ThreadGroup[10];
        }
        return null;
    }
}
