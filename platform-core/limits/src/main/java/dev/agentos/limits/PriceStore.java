package dev.agentos.limits;

import java.util.List;

/** Keeps the prices that administrators have set; none is ever changed. */
public interface PriceStore {

    /** All prices that were ever set, in the order in which they were. */
    List<Price> prices();

    /** Adds a price that is the next of its model; false when it is not, because another one was added. */
    boolean add(Price price);
}
