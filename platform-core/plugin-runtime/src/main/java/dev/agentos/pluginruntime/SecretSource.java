package dev.agentos.pluginruntime;

import java.util.Optional;

/** Gives secrets by name; who may read which is checked before. */
@FunctionalInterface
public interface SecretSource {

    /** None at all. */
    SecretSource NONE = name -> Optional.empty();

    /** The secret's value; empty when it is not set. */
    Optional<String> secret(String name);
}
