package dev.agentos.outbound;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorCode;
import dev.agentos.spi.ErrorType;
import dev.agentos.spi.Permission;
import java.util.List;

/** Grants of a test. */
record ListedGrants(List<Permission> permissions) implements Grants {

    static ListedGrants of(String... grants) {
        return new ListedGrants(List.of(grants).stream()
                .map(grant -> Permission.parse("net.connect " + grant))
                .toList());
    }

    @Override
    public void require(Permission act) {
        if (permissions.stream().noneMatch(grant -> grant.covers(act))) {
            throw new AgentOsException(
                    ErrorCode.of("plugin", "PERMISSION_DENIED", ErrorType.DENIED, false),
                    "It lacks " + act,
                    "Grant it.");
        }
    }
}
