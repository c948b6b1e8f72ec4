package dev.agentos.redaction;

import java.util.List;

/** A part of a pattern, as it was read. */
sealed interface PatternNode {

    /** One code point of a set. */
    record One(CharSet set) implements PatternNode {}

    /** One behind the other. */
    record Sequence(List<PatternNode> parts) implements PatternNode {}

    /** Any of them. */
    record Choice(List<PatternNode> branches) implements PatternNode {}

    /**
     * Several times.
     *
     * @param most {@link #UNBOUNDED} for any number
     */
    record Repeat(PatternNode part, int least, int most) implements PatternNode {}

    /** A place between two code points. */
    record Place(PatternStep.Kind kind) implements PatternNode {}

    /** As often as one likes. */
    int UNBOUNDED = Integer.MAX_VALUE;

    /** Whether it fits the empty text. */
    default boolean fitsNothing() {
        return switch (this) {
            case One one -> false;
            case Sequence(List<PatternNode> parts) -> parts.stream().allMatch(PatternNode::fitsNothing);
            case Choice(List<PatternNode> branches) -> branches.stream().anyMatch(PatternNode::fitsNothing);
            case Repeat(PatternNode part, int least, int most) -> least == 0 || part.fitsNothing();
            case Place place -> true;
        };
    }
}
