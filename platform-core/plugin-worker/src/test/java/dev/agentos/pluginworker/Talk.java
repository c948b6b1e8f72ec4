package dev.agentos.pluginworker;

import dev.agentos.spi.JsonObject;
import java.io.IOException;

/** The program of a process that says what its one argument stands for, and not what a plugin's process would. */
public final class Talk {

    /** More than the server answers at once and keeps to be sent, twice. */
    static final int MANY = 400;

    /** One more than the server answers at once in a call. */
    static final int CROWD = 17;

    private final Channel channel = new Channel(System.in, System.out);

    private Talk() {}

    /** Talks. */
    public static void main(String[] arguments) throws Exception {
        Talk talk = new Talk();
        switch (arguments[0]) {
            case "asks-and-dies" -> talk.askAndDie();
            case "hears-nothing" -> Thread.sleep(Long.MAX_VALUE);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private void say(Message.Kind kind, long id, long call) throws IOException {
        channel.send(Message.of(kind, id, call, JsonObject.EMPTY));
    }

    private void askAndDie() throws IOException {
        for (int asked = 1; asked <= MANY; asked++) {
            say(Message.Kind.REQUEST, asked, 0);
        }
        Runtime.getRuntime().halt(7);
    }
}
