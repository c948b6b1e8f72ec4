package dev.agentos.identity;

import java.util.Optional;

/**
 * Who a person is, whatever they are a member of.
 *
 * @param id {@code usr_…}, the same in every tenant
 * @param email in lower case
 * @param password Argon2id of the password; empty as long as none was set
 */
public record Account(String id, String email, Optional<String> password) {

    @Override
    public String toString() {
        return id;
    }
}
