package evil;

/**
 * One way to an act.
 *
 * @param id its name
 * @param act the act where nothing was granted
 * @param twin the same act where a grant covers it; null when there is no such grant
 */
record Route(String id, Act act, Act twin) {
    Route(String id, Act act) {
        this(id, act, null);
    }
}
