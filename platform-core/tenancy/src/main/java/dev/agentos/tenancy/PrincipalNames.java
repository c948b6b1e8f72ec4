package dev.agentos.tenancy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What those are called of whom only the id stands somewhere. Whoever is gone, or was erased, has no name any more. */
public final class PrincipalNames {

    private final ApiKeys keys;
    private final Users users;
    private final Subjects subjects;
    private final SubjectNames names;

    /**
     * Names of those.
     *
     * @param names of subjects that are no users
     */
    public PrincipalNames(ApiKeys keys, Users users, Subjects subjects, SubjectNames names) {
        this.keys = keys;
        this.users = users;
        this.subjects = subjects;
        this.names = names;
    }

    /**
     * The names by the ids of those that have one: in that tenant, and, when the reader is the platform's, there.
     *
     * @param ids also of what is no principal
     */
    public Map<String, String> of(Principal reader, Optional<TenantId> tenant, Stream<String> ids) {
        Map<String, String> found = new LinkedHashMap<>();
        ids.distinct()
                .forEach(id -> of(tenant, id)
                        .or(() -> reader.platform() && tenant.isPresent() ? of(Optional.empty(), id) : Optional.empty())
                        .ifPresent(name -> found.put(id, name)));
        return found;
    }

    private Optional<String> of(Optional<TenantId> tenant, String id) {
        if (id.startsWith("key_")) {
            return keys.find(tenant, id).map(ApiKey::name);
        }
        if (id.startsWith("usr_")) {
            return users.find(tenant, id).map(User::name);
        }
        return id.startsWith(Subjects.PREFIX) ? tenant.flatMap(one -> subject(one, id)) : Optional.empty();
    }

    /** A member is called what the tenant says, whatever a token said before. */
    private Optional<String> subject(TenantId tenant, String id) {
        return subjects.userOf(id)
                .flatMap(user -> users.find(Optional.of(tenant), user))
                .map(User::name)
                .or(() -> names.called(tenant, id).map(PrincipalNames::shown));
    }

    private static String shown(SubjectNames.Called called) {
        return called.email()
                .filter(email -> !email.equals(called.name()))
                .map(email -> called.name() + " <" + email + ">")
                .orElse(called.name());
    }
}
