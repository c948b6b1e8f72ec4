package dev.agentos.spi;

import java.util.Optional;

/**
 * Something that a plugin may do, in its canonical one-line form: {@code name} or {@code name target}, as in
 * {@code net.connect api.openai.com:443}.
 *
 * <p>The target is kept in the one form that stands for all that mean the same: hosts in lower case, paths without
 * empty and {@code .} segments. A target with wildcards stands for all targets that match it.
 *
 * @param kind which act
 * @param target on what; empty exactly for the kinds that take none
 */
public record Permission(PermissionKind kind, Optional<String> target) implements Comparable<Permission> {

    /** How long the canonical form may be. */
    private static final int MAX_LENGTH = PermissionRequest.MAX_TARGET + 64;

    public Permission {
        if (kind.takesTarget() && target.isEmpty()) {
            throw new PermissionSyntaxException(
                    PermissionSyntaxException.Fault.TARGET,
                    kind.word() + " needs a target",
                    "Write " + kind.targetForm() + ".");
        }
        if (!kind.takesTarget() && target.isPresent()) {
            throw new PermissionSyntaxException(
                    PermissionSyntaxException.Fault.TARGET,
                    kind.word() + " takes no target, not '" + target.get() + "'",
                    "Leave the target out.");
        }
        target = target.map(kind::canonical);
    }

    /** The permission of that kind on that target. */
    public static Permission of(PermissionKind kind, String target) {
        return new Permission(kind, Optional.of(target));
    }

    /**
     * Reads the canonical form.
     *
     * @throws PermissionSyntaxException if the word is unknown or the target does not fit it
     */
    public static Permission parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw new PermissionSyntaxException(
                    PermissionSyntaxException.Fault.TARGET,
                    "it has " + text.length() + " characters",
                    "Name at most " + MAX_LENGTH + " characters.");
        }
        int space = text.indexOf(' ');
        return space < 0
                ? new Permission(PermissionKind.ofWord(text), Optional.empty())
                : of(PermissionKind.ofWord(text.substring(0, space)), text.substring(space + 1));
    }

    /**
     * Whether a grant of this permission allows that act, and when the act has wildcards, each that it stands for. A
     * connection to a host includes to look its address up.
     */
    public boolean covers(Permission act) {
        if (kind == act.kind) {
            return target.isEmpty() || kind.covers(target.get(), act.target.orElseThrow());
        }
        return kind == PermissionKind.NET_CONNECT
                && act.kind == PermissionKind.NET_RESOLVE
                && !target.orElseThrow().startsWith("unix:")
                && act.kind.covers(TargetForm.hostOf(target.get()), act.target.orElseThrow());
    }

    /** What it allows, in words: "connect to api.openai.com:443". */
    public String inWords() {
        return target.map(text -> kind.phrase() + " " + text).orElse(kind.phrase());
    }

    /** By kind, then by target. */
    @Override
    public int compareTo(Permission other) {
        int byKind = kind.compareTo(other.kind);
        return byKind != 0 ? byKind : target.orElse("").compareTo(other.target.orElse(""));
    }

    /** The canonical form. */
    @Override
    public String toString() {
        return target.map(text -> kind.word() + " " + text).orElse(kind.word());
    }
}
