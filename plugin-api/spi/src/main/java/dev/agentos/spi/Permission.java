package dev.agentos.spi;

import java.util.Optional;

/**
 * Something that a plugin may do, in its canonical one-line form: {@code name} or {@code name target}, as in
 * {@code net.connect api.openai.com:443}.
 *
 * @param kind which act
 * @param target on what; empty exactly for the kinds that take none
 */
public record Permission(PermissionKind kind, Optional<String> target) {

    public Permission {
        if (kind.takesTarget() && target.isEmpty()) {
            throw new IllegalArgumentException("Permission " + kind.word() + " needs a target: " + kind.targetForm());
        }
        if (!kind.takesTarget() && target.isPresent()) {
            throw new IllegalArgumentException("Permission " + kind.word() + " takes no target, not " + target.get());
        }
        target.ifPresent(kind::checkTarget);
    }

    /** The permission of that kind on that target. */
    public static Permission of(PermissionKind kind, String target) {
        return new Permission(kind, Optional.of(target));
    }

    /**
     * Reads the canonical form.
     *
     * @throws IllegalArgumentException if the word is unknown or the target does not fit it
     */
    public static Permission parse(String text) {
        int space = text.indexOf(' ');
        return space < 0
                ? new Permission(PermissionKind.ofWord(text), Optional.empty())
                : of(PermissionKind.ofWord(text.substring(0, space)), text.substring(space + 1));
    }

    /** Whether a grant of this permission allows that act; both of the same kind. */
    public boolean covers(Permission act) {
        return kind == act.kind && (target.isEmpty() || kind.covers(target.get(), act.target.orElseThrow()));
    }

    /** The canonical form. */
    @Override
    public String toString() {
        return target.map(text -> kind.word() + " " + text).orElse(kind.word());
    }
}
