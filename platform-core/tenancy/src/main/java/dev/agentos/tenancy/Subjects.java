package dev.agentos.tenancy;

import java.util.Optional;

/**
 * Knows which subjects of an identity provider are users here. Somebody who logs in by the provider and comes with its
 * tokens as well is one person, whatever came first.
 */
@FunctionalInterface
public interface Subjects {

    /** How the ids begin of those of whom nothing is known but what a token says. */
    String PREFIX = "sub_";

    /** Where no subject is a user. */
    Subjects NONE = subject -> Optional.empty();

    /** The id of the user that the subject of that id is. */
    Optional<String> userOf(String subject);

    /** The id of the user for one who is a user, else the id itself. */
    default String person(String id) {
        return id.startsWith(PREFIX) ? userOf(id).orElse(id) : id;
    }
}
