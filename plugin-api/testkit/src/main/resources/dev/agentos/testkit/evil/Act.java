package evil;

/** Something that a plugin tries; what it answers is the evidence that it came through, null that it did not. */
interface Act {
    Object run() throws Throwable;
}
