package dev.agentos.outbound;

import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import java.util.List;

/** What one caller may do. */
public interface Grants {

    /** The grants. */
    List<Permission> permissions();

    /**
     * Passes when a grant covers the act.
     *
     * @throws AgentOsException naming the caller and the permission
     */
    void require(Permission act);
}
