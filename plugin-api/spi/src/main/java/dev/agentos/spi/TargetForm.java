package dev.agentos.spi;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The forms that a permission's target has: how each is read, written and compared. */
enum TargetForm {
    /** No target. */
    NONE("no target") {
        @Override
        String canonical(String target) {
            throw new IllegalArgumentException("it takes none");
        }

        @Override
        boolean covers(String granted, String wanted) {
            return true;
        }
    },
    /** A name with wildcards. */
    NAME("a name; * stands for any run of characters but /, ** for any") {
        @Override
        String canonical(String target) {
            return checkedName(target);
        }

        @Override
        boolean covers(String granted, String wanted) {
            return granted.equals(wanted) || Glob.ofName(granted).covers(Glob.ofName(wanted));
        }
    },
    /** A name without wildcards. */
    WORD("a name of a-z, 0-9, - and _, without wildcards") {
        @Override
        String canonical(String target) {
            return matching(target, WORDS);
        }

        @Override
        boolean covers(String granted, String wanted) {
            return granted.equals(wanted);
        }
    },
    /** A number; the larger covers the smaller. */
    COUNT("a number from 1 to 1024") {
        @Override
        String canonical(String target) {
            matching(target, COUNTS);
            if (Integer.parseInt(target) > 1024) {
                throw new IllegalArgumentException("it is too large");
            }
            return target;
        }

        @Override
        boolean covers(String granted, String wanted) {
            return Integer.parseInt(granted) >= Integer.parseInt(wanted);
        }
    },
    /** A path of the plugin's folders or an absolute one. */
    PATH("a path below ${data}, ${temp} or ${workspace}, or an absolute one; * within a segment, ** for a subtree") {
        @Override
        String canonical(String target) {
            return path(target, PATH_START);
        }

        @Override
        boolean covers(String granted, String wanted) {
            return granted.equals(wanted) || Glob.ofPath(granted).covers(Glob.ofPath(wanted));
        }
    },
    /** An absolute path: of a program, or of a URL. */
    ABSOLUTE("an absolute path; * within a segment, ** for a subtree") {
        @Override
        String canonical(String target) {
            return path(target, SLASH);
        }

        @Override
        boolean covers(String granted, String wanted) {
            return PATH.covers(granted, wanted);
        }
    },
    /** A host. */
    HOST("a DNS name, *. and a DNS name, an address, a block of addresses, or *") {
        @Override
        String canonical(String target) {
            return Host.parse(target).toString();
        }

        @Override
        boolean covers(String granted, String wanted) {
            return Host.parse(granted).covers(Host.parse(wanted));
        }
    },
    /** A host and ports, or a UNIX socket. */
    CONNECT("host:ports, where the host is a DNS name, *. and a DNS name, an address ([…] for IPv6), a block of"
            + " addresses or *, and ports are n, n-m or *; or unix: and a path") {
        @Override
        String canonical(String target) {
            if (target.startsWith(UNIX)) {
                return UNIX + PATH.canonical(target.substring(UNIX.length()));
            }
            int colon = target.lastIndexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException("the ports are missing");
            }
            return Host.parse(target.substring(0, colon)) + ":" + Ports.parse(target.substring(colon + 1));
        }

        @Override
        boolean covers(String granted, String wanted) {
            if (granted.startsWith(UNIX) || wanted.startsWith(UNIX)) {
                return granted.startsWith(UNIX)
                        && wanted.startsWith(UNIX)
                        && PATH.covers(granted.substring(UNIX.length()), wanted.substring(UNIX.length()));
            }
            return Host.parse(hostOf(granted)).covers(Host.parse(hostOf(wanted)))
                    && portsOf(granted).covers(portsOf(wanted));
        }
    },
    /** Ports, of all addresses or of one. */
    LISTEN("ports (n, n-m or *), or an address ([…] for IPv6) and :ports") {
        @Override
        String canonical(String target) {
            int colon = target.lastIndexOf(':');
            Ports ports = Ports.parse(target.substring(colon + 1));
            if (colon < 0) {
                return ports.toString();
            }
            if (Host.parse(target.substring(0, colon)) instanceof Host.Block block && block.prefix() == block.width()) {
                return block + ":" + ports;
            }
            throw new IllegalArgumentException("before the ports stands an address or nothing");
        }

        @Override
        boolean covers(String granted, String wanted) {
            return (granted.indexOf(':') < 0
                            || (wanted.indexOf(':') >= 0 && hostOf(granted).equals(hostOf(wanted))))
                    && portsOf(granted).covers(portsOf(wanted));
        }
    };

    private static final String UNIX = "unix:";
    private static final Pattern WORDS = Pattern.compile("[a-z0-9]([a-z0-9_-]{0,62})");
    private static final Pattern COUNTS = Pattern.compile("[1-9][0-9]{0,3}");
    private static final Pattern SLASH = Pattern.compile("/.*", Pattern.DOTALL);
    private static final Pattern PATH_START =
            Pattern.compile("(\\$\\{(data|temp|workspace)\\}(/.*)?|/.*)", Pattern.DOTALL);

    private final String description;

    TargetForm(String description) {
        this.description = description;
    }

    /** The form in words. */
    String description() {
        return description;
    }

    /**
     * The one way to write the target.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    abstract String canonical(String target);

    /** Whether a granted target covers all that a wanted one stands for; both in canonical form. */
    abstract boolean covers(String granted, String wanted);

    /** The host of an endpoint. */
    static String hostOf(String endpoint) {
        return endpoint.substring(0, Math.max(0, endpoint.lastIndexOf(':')));
    }

    private static Ports portsOf(String endpoint) {
        return Ports.parse(endpoint.substring(endpoint.lastIndexOf(':') + 1));
    }

    private static String checkedName(String name) {
        if (name.isEmpty() || name.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
            throw new IllegalArgumentException("it is empty or has spaces or control characters");
        }
        return name;
    }

    private static String matching(String target, Pattern form) {
        if (!form.matcher(target).matches()) {
            throw new IllegalArgumentException("it has another form");
        }
        return target;
    }

    private static String path(String path, Pattern start) {
        if (!start.matcher(path).matches() || path.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("it starts elsewhere or has control characters");
        }
        int first = path.indexOf('/');
        String root = first < 0 ? path : path.substring(0, first);
        List<String> segments = new ArrayList<>();
        for (String segment : path.substring(root.length()).split("/")) {
            if (segment.equals("..") || segment.contains("${") || (segment.contains("**") && segment.length() > 2)) {
                throw new IllegalArgumentException("the segment '" + segment + "' stands in no path");
            }
            boolean again = segment.equals("**")
                    && !segments.isEmpty()
                    && segments.getLast().equals("**");
            if (!segment.isEmpty() && !segment.equals(".") && !again) {
                segments.add(segment);
            }
        }
        String below = String.join("/", segments);
        return root.isEmpty() || !below.isEmpty() ? root + "/" + below : root;
    }
}
