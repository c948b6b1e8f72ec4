package dev.agentos.pluginruntime.internal;

import dev.agentos.guard.PluginPolicy;
import dev.agentos.outbound.Addresses;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionKind;
import dev.agentos.verifier.JdkLinks;
import dev.agentos.verifier.JdkLinks.Need;
import dev.agentos.verifier.JdkLinks.Verdict;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What grants mean where the JDK acts. A grant on {@code ${workspace}} means nothing here: a workspace is a tenant's,
 * and only the host knows for which tenant a plugin works, so that files of it are read through the host alone.
 */
final class GrantPolicy implements PluginPolicy {

    private static final int MOST_REMEMBERED = 4_096;
    private static final String UNIX = "unix:";
    private static final String WORKSPACE = "${workspace}";
    private static final Set<PermissionKind> FILES =
            Set.of(PermissionKind.FS_READ, PermissionKind.FS_WRITE, PermissionKind.FS_DELETE);
    /**
     * What is refused when it is done, with an exception that libraries expect; without the class they would fail with
     * an error that they do not.
     */
    private static final Set<PermissionKind> ACTS = Set.of(
            PermissionKind.FS_READ,
            PermissionKind.FS_WRITE,
            PermissionKind.FS_DELETE,
            PermissionKind.NET_CONNECT,
            PermissionKind.NET_LISTEN,
            PermissionKind.NET_RESOLVE,
            PermissionKind.PROCESS_EXEC,
            PermissionKind.ENV_READ);

    private static final Set<PermissionKind> NATIVE = Set.of(PermissionKind.NATIVE_LOAD, PermissionKind.NATIVE_MEMORY);

    /** The same list by which the verifier judges what is linked. */
    private final JdkLinks links = JdkLinks.current();

    private final List<Permission> grants = new ArrayList<>();
    private final Set<String> sharedPackages;
    /** The same table by which the host's own client judges. */
    private final Addresses addresses;

    private final Map<String, Boolean> known = new ConcurrentHashMap<>();

    GrantPolicy(List<Permission> granted, PluginFolders folders, Set<String> sharedPackages) {
        this.sharedPackages = Set.copyOf(sharedPackages);
        for (Permission grant : granted) {
            String target = grant.target().orElse("");
            if (!target.startsWith(WORKSPACE) && !target.startsWith(UNIX + WORKSPACE)) {
                grants.add(new Permission(grant.kind(), grant.target().map(text -> resolved(text, folders))));
            }
        }
        addresses = new Addresses(grants);
    }

    private static String resolved(String target, PluginFolders folders) {
        String scheme = target.startsWith(UNIX) ? UNIX : "";
        String path = target.substring(scheme.length());
        return scheme + prefixed(prefixed(path, "${data}", folders.data()), "${temp}", folders.temporary());
    }

    private static String prefixed(String target, String variable, Path folder) {
        return target.startsWith(variable) ? folder + target.substring(variable.length()) : target;
    }

    boolean isNative() {
        return grants.stream().anyMatch(grant -> NATIVE.contains(grant.kind()));
    }

    @Override
    public boolean allows(String act, String target) {
        String key = act + ' ' + target;
        Boolean before = known.get(key);
        if (before != null) {
            return before;
        }
        boolean allowed = decide(act, target);
        if (known.size() < MOST_REMEMBERED) {
            known.put(key, allowed);
        }
        return allowed;
    }

    private boolean decide(String act, String target) {
        return switch (act) {
            case "fs.stat" -> grants.stream().anyMatch(grant -> FILES.contains(grant.kind()) && shows(grant, target));
            case "net.connect" -> covered(act, target) && mayLeadTo(target);
            case "net.public" -> Addresses.isPublic(address(target).orElseThrow());
            case "native.memory" -> isNative();
            // Whether any library at all; which one is asked when it was found.
            case "native.load" ->
                target.isEmpty()
                        ? grants.stream().anyMatch(grant -> grant.kind() == PermissionKind.NATIVE_LOAD)
                        : covered(act, target);
            default -> covered(act, target);
        };
    }

    /** A grant for any host opens neither this machine nor a network's inside. */
    private boolean mayLeadTo(String endpoint) {
        int colon = endpoint.lastIndexOf(':');
        if (endpoint.startsWith(UNIX) || colon < 0) {
            return true;
        }
        String host = endpoint.substring(0, colon);
        int port = Integer.parseInt(endpoint.substring(colon + 1));
        if (host.equalsIgnoreCase("localhost")) {
            return addresses.namesThisMachine(host, port);
        }
        return address(host)
                .map(address -> addresses.allow(host, address, port))
                .orElse(true);
    }

    /** The address that a host is; nothing when it is a name. */
    private static Optional<InetAddress> address(String host) {
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        try {
            return Optional.of(InetAddress.ofLiteral(bracketed ? host.substring(1, host.length() - 1) : host));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private boolean covered(String act, String target) {
        try {
            Permission wanted = Permission.parse(target.isEmpty() ? act : act + ' ' + target);
            return grants.stream().anyMatch(grant -> grant.covers(wanted));
        } catch (IllegalArgumentException e) {
            // What cannot be written as a permission cannot have been granted.
            return false;
        }
    }

    /** Whether a file is covered, or a folder above what is. */
    private static boolean shows(Permission grant, String path) {
        String glob = grant.target().orElse("");
        int star = glob.indexOf('*');
        String start = star < 0 ? glob : glob.substring(0, star);
        if (path.equals("/") || start.startsWith(path + '/')) {
            return true;
        }
        try {
            return grant.covers(Permission.of(grant.kind(), path));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public boolean mayLink(String owner) {
        if (!links.isPlatform(owner)) {
            return sharedPackages.contains(owner.substring(0, Math.max(0, owner.lastIndexOf('.'))));
        }
        boolean unreserved = PluginPolicy.super.mayLink(owner);
        Verdict verdict = links.verdict(owner);
        if (verdict instanceof Verdict.Needs(List<Need> anyOf)) {
            boolean stoppedLater = anyOf.stream().anyMatch(need -> ACTS.contains(need.kind()));
            return JdkLinks.allows(verdict, grants) || (stoppedLater && unreserved);
        }
        return unreserved && links.reaches(owner, grants);
    }
}
