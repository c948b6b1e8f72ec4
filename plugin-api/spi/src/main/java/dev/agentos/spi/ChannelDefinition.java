package dev.agentos.spi;

import java.util.Optional;

/**
 * A named cell of state.
 *
 * @param type the CEL and JSON type of its values: {@code string number integer boolean object array any}
 * @param reducer how the writes of a superstep are merged: {@code last append messages merge sum set ephemeral}
 * @param defaultValue the value before the first write; without one the channel is unset
 */
public record ChannelDefinition(String type, String reducer, Optional<JsonValue> defaultValue) {}
