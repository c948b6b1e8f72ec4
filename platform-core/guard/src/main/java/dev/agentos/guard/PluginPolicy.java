package dev.agentos.guard;

/**
 * What one plugin may do. Asked on the plugin's threads in the middle of acts of the JDK: an implementation decides
 * from what it holds and neither blocks nor calls code of the plugin.
 */
public interface PluginPolicy {

    /**
     * Whether a grant covers an act.
     *
     * @param act the permission's word, as in {@code fs.read}; besides those, {@code fs.stat} for a look at whether and
     *     what a file is
     * @param target on what, in the form that a grant has: an absolute path after links, {@code host:port}, a name;
     *     empty for acts without one
     */
    boolean allows(String act, String target);

    /**
     * Whether code of the plugin may use a member of a class that is not its own: the JDK's, or the host's.
     *
     * @param owner the class's binary name
     * @param member the member's name; empty when only the class is asked for
     * @param descriptor the member's descriptor; empty when all of that name, or none, are meant
     */
    default boolean mayLink(String owner, String member, String descriptor) {
        return ReservedApi.mayLink(owner);
    }
}
