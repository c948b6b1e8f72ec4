package dev.agentos.identity;

import dev.agentos.tenancy.Membership;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Rights;
import dev.agentos.tenancy.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What whoever has a token can become by it, as it was at a time.
 *
 * @param rights what the person might do
 * @param membership by which roles and groups, as far as these count
 */
public record Powers(Rights rights, Membership membership) {

    private static final String ROLE = "role:";
    private static final String GROUP = "group:";

    /** What {@link #written} wrote; of scopes that there are no more, nothing. */
    public static Powers of(Collection<String> written) {
        Rights rights = Rights.NONE;
        Set<String> roles = new HashSet<>();
        Set<String> groups = new HashSet<>();
        for (String one : written) {
            int space = one.indexOf(' ');
            if (space > 0) {
                Reach reach = Reach.of(List.of(one.substring(space + 1)));
                rights = Scope.ofWord(one.substring(0, space))
                        .map(scope -> new Rights(Map.of(scope, reach)))
                        .map(rights::and)
                        .orElse(rights);
            } else if (one.startsWith(ROLE)) {
                roles.add(one.substring(ROLE.length()));
            } else if (one.startsWith(GROUP)) {
                groups.add(one.substring(GROUP.length()));
            }
        }
        return new Powers(rights, new Membership(roles, groups));
    }

    /** To be kept: {@code role:NAME}, {@code group:NAME}, and a scope with one of its agents each. */
    public List<String> written() {
        List<String> written = new ArrayList<>();
        rights.reaches()
                .forEach((scope, reach) -> reach.written().forEach(name -> written.add(scope.word() + " " + name)));
        membership.roles().forEach(role -> written.add(ROLE + role));
        membership.groups().forEach(group -> written.add(GROUP + group));
        return written;
    }

    /** Whether the others have all of it. */
    boolean within(Powers others) {
        return others.rights.lacking(rights).isEmpty()
                && others.membership.roles().containsAll(membership.roles())
                && others.membership.groups().containsAll(membership.groups());
    }
}
