package dev.agentos.web.login;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.tenancy.Reach;
import dev.agentos.tenancy.Scope;
import dev.agentos.tenancy.TenancyErrorCode;
import dev.agentos.web.Fields;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the scopes that a body names, and with which agents. */
public final class ScopeFields {

    private ScopeFields() {}

    /** What {@code agents} names; empty when the body does not say. */
    public static Optional<Reach> reach(Fields fields) {
        return fields.has("agents") ? Optional.of(Reach.read(fields.texts("agents"))) : Optional.empty();
    }

    /** What {@code scopes} names: at least one, each of which there must be. */
    public static Set<Scope> scopes(Fields fields) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        List<String> words = fields.texts("scopes");
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            String pointer = "/scopes/" + i;
            scopes.add(Scope.ofWord(word)
                    .orElseThrow(() -> InvalidInputException.of(
                            TenancyErrorCode.UNKNOWN_SCOPE,
                            pointer,
                            "There is no scope '" + word + "'.",
                            "Use the scopes that GET /openapi.json lists.")));
        }
        if (scopes.isEmpty()) {
            throw Fields.invalid("scopes", "must name at least one scope");
        }
        return scopes;
    }
}
