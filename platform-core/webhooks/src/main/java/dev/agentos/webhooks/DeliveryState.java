package dev.agentos.webhooks;

import java.util.Optional;
import java.util.stream.Stream;

/** Where a delivery stands. */
public enum DeliveryState {
    /** Its execution has not ended. */
    WAITING,
    /** It is sent now, or again after a while. */
    DUE,
    /** The receiver has said that it has it. */
    DELIVERED,
    /** It was tried often enough, or the receiver does not want it; it is sent again when somebody asks for that. */
    GIVEN_UP;

    /** The state of that name. */
    public static Optional<DeliveryState> ofName(String name) {
        return Stream.of(values()).filter(state -> state.name().equals(name)).findFirst();
    }
}
