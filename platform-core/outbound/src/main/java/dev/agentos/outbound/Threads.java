package dev.agentos.outbound;

/** Threads that take nothing over from the thread that needed them first, a plugin's as a rule. */
final class Threads {

    private Threads() {}

    static Thread daemon(Runnable task, String name) {
        Thread thread = Thread.ofPlatform()
                .daemon()
                .name(name)
                .inheritInheritableThreadLocals(false)
                .unstarted(task);
        thread.setContextClassLoader(Threads.class.getClassLoader());
        return thread;
    }
}
