package dev.agentos.guard;

/**
 * What one plugin may do. Asked on the plugin's threads in the middle of acts of the JDK: an implementation decides
 * from what it holds and neither blocks nor calls code of the plugin.
 */
public interface PluginPolicy {

    /**
     * Whether a grant covers an act.
     *
     * <p>{@code net.connect} of an address that is not public is covered by a grant alone that names the address, and
     * of {@code localhost} by one that names that.
     *
     * @param act the permission's word, as in {@code fs.read}; besides those, {@code fs.stat} for a look at whether and
     *     what a file is, and {@code net.public} for whether a name may lead to an address
     * @param target on what, in the form that a grant has: an absolute path after links, {@code host:port}, a name;
     *     empty for acts without one
     */
    boolean allows(String act, String target);

    /**
     * Whether code of the plugin may use a class that is not its own: the JDK's, or the host's. Members are not asked
     * for: code of the JDK looks some up for a plugin, and what they do is asked where it is done.
     *
     * @param owner the class's binary name
     */
    default boolean mayLink(String owner) {
        return ReservedApi.mayLink(owner);
    }
}
