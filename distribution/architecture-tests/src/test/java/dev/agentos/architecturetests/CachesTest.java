package dev.agentos.architecturetests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Every cache of the core is named here with the reason why no tenant can meet what is another's in it: the tenant is
 * part of the key, or the key is what only its owner has. A new one fails the build until somebody has thought of that.
 */
class CachesTest {

    private static final Pattern FIELD = Pattern.compile("\\bCache<(.+)>\\s+(\\w+)\\s*=");

    private static final Map<String, String> CACHES = Map.ofEntries(
            Map.entry("ApiKeys.seen String", "the digest of a key, which is one tenant's"),
            Map.entry("CircuitBreaker.circuits Key", "the tenant and the version of a plugin"),
            Map.entry("ExpressionLanguage.checked String", "the expression itself, which says nothing of any value"),
            Map.entry("ExpressionLanguage.compiled String", "the expression itself, which says nothing of any value"),
            Map.entry("GateChecks.kept String", "begins with the tenant"),
            Map.entry(
                    "GraphLibrary.compiled String",
                    "the digest of all that a graph is, which says nothing of whose it is"),
            Map.entry("JdbiAuditStore.ends Optional<TenantId>", "the tenant, or none for the platform's chain"),
            Map.entry("Logins.seen String", "the digest of a login's secret, which is one person's"),
            Map.entry("Policies.read Optional<TenantId>", "the tenant, or none for the platform's, which bind all"),
            Map.entry("PolicyGate.told String", "the key of one call of an execution, whose id is drawn at random"),
            Map.entry("Principals.remembered Key", "the tenant and the id of a principal"),
            Map.entry("Principals.seen Key", "the tenant and the id of a principal"),
            Map.entry("JsonSchemas.COMPILED JsonObject", "the schema itself, which says nothing of who uses it"),
            Map.entry("TenantPlugins.known Place", "the tenant and the plugin"),
            Map.entry("TokenPrincipals.kept Named", "the tenant and the subject"),
            Map.entry(
                    "TokenPrincipals.people String",
                    "the digest of an issuer and its subject, which is one person of any tenant"),
            Map.entry("Tenants.seen String", "the id or name of a tenant, of whom each is told only his own"),
            Map.entry("Users.seen Key", "the tenant and the user"),
            Map.entry("Vault.current TenantId", "the tenant"),
            Map.entry("Vault.names TenantId", "the tenant"),
            Map.entry("Vault.opened String", "the id of a data key; the tenant of the key is compared with who asks"),
            Map.entry("WholeExecutions.known Key", "the tenant and the execution"));

    @Test
    void everyCacheIsNamedWithTheReasonWhyNoTenantMeetsAnothersInIt() throws IOException {
        var tree = SourceTree.containing(Path.of(""));
        var found = new TreeMap<String, String>();
        for (var file : tree.javaFiles()) {
            var name = tree.name(file);
            if (name.startsWith("platform-core/") && name.contains("/src/main/")) {
                var type = file.getFileName().toString().replace(".java", "");
                FIELD.matcher(Files.readString(file))
                        .results()
                        .forEach(field -> found.put(type + "." + field.group(2) + " " + key(field.group(1)), name));
            }
        }
        assertThat(found).containsOnlyKeys(CACHES.keySet());
        assertThat(CACHES.values()).noneMatch(String::isBlank);
    }

    /** The first of two type arguments, which may have some of its own. */
    private static String key(String arguments) {
        var depth = 0;
        for (var i = 0; i < arguments.length(); i++) {
            switch (arguments.charAt(i)) {
                case '<' -> depth++;
                case '>' -> depth--;
                case ',' -> {
                    if (depth == 0) {
                        return arguments.substring(0, i);
                    }
                }
                default -> {}
            }
        }
        return arguments;
    }
}
