package dev.agentos.web.login;

import dev.agentos.identity.Login;
import dev.agentos.tenancy.Principal;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What a request was let in with, so that it can be asked again while its answer goes on.
 *
 * @param id of the credential itself: a user may have several
 * @param login when it is a browser's
 * @param look for whom it stands now; empty when it is refused
 */
public record Credential(String id, Optional<Login> login, Supplier<Optional<Principal>> look) {

    private static final String PROPERTY = "dev.agentos.credential";
    private static final String SCOPES = "dev.agentos.scopes";

    /** The credential of a request that has passed authentication. */
    public static Credential of(ContainerRequestContext request) {
        if (request.getProperty(PROPERTY) instanceof Credential credential) {
            return credential;
        }
        throw new IllegalStateException("The request was not authenticated");
    }

    /** Notes it at its request. */
    public void attachTo(ContainerRequestContext request) {
        request.setProperty(PROPERTY, this);
    }

    /** Notes which scopes the request needed. */
    public static void needs(ContainerRequestContext request, Scope... scopes) {
        request.setProperty(SCOPES, Set.copyOf(Arrays.asList(scopes)));
    }

    /** Whether the request would be let in now, with no fewer agents than then. */
    public boolean stillOpens(Set<Scope> scopes, Reach reach) {
        return look.get()
                .filter(principal -> principal.scopes().containsAll(scopes) && reach.within(principal.reach(scopes)))
                .isPresent();
    }

    /** The scopes that a request needed. */
    public static Set<Scope> needed(ContainerRequestContext request) {
        return request.getProperty(SCOPES) instanceof Set<?> scopes
                ? scopes.stream().map(Scope.class::cast).collect(Collectors.toSet())
                : Set.of();
    }
}
