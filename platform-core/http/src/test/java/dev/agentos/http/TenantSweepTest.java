package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TenantSweepTest {

    /** What is the same for all tenants. */
    private static final Set<String> NO_TENANTS = Set.of(
            "/api/v1/marketplace/listings/{slug}",
            "/api/v1/marketplace/listings/{slug}/readme",
            "/api/v1/marketplace/listings/{slug}/releases");

    @Test
    void noRouteTellsOfAnotherTenant() throws Exception {
        try (TestServer app = new TestServer()) {
            TenantSweep sweep = new TenantSweep(app.server.address(), app.umbrellaKey, OwnedThings.make(app));
            assertThat(sweep.unfilled())
                    .as("paths without an id: OwnedThings makes one of everything")
                    .containsExactlyInAnyOrderElementsOf(NO_TENANTS);
            Map<String, String> before = sweep.seenBy(app.acmeKey);
            assertThat(before)
                    .hasSizeGreaterThan(30)
                    .allSatisfy((path, answer) -> assertThat(answer).startsWith("200 "));
            List<TenantSweep.Finding> findings = sweep.run();
            assertThat(findings)
                    .hasSizeGreaterThan(100)
                    .allMatch(TenantSweep.Finding::reached, "is answered by what the id names")
                    .allMatch(TenantSweep.Finding::tight, "tells nothing of another tenant");
            assertThat(sweep.seenBy(app.acmeKey)).as("nothing was touched").isEqualTo(before);
        }
    }
}
