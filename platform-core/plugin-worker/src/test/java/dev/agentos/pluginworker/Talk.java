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
            case "asks-a-crowd" -> talk.askCrowd();
            case "asks-late" -> talk.askLate();
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

    /** Ends its first call once all that it asked in it is answered, and each later one at once. */
    private void askCrowd() throws IOException {
        long call = channel.receive().id();
        for (int asked = 1; asked <= CROWD; asked++) {
            say(Message.Kind.REQUEST, asked, call);
        }
        int answered = 0;
        while (true) {
            Message next = channel.receive();
            if (next.kind() == Message.Kind.REQUEST) {
                say(Message.Kind.ANSWER, next.id(), 0);
            } else if (next.kind() != Message.Kind.CANCEL && ++answered == CROWD) {
                say(Message.Kind.FAILURE, call, 0);
            }
        }
    }

    /** Asks once more behind its answer, and notes that it did and that it was answered. */
    private void askLate() throws IOException {
        long call = channel.receive().id();
        say(Message.Kind.REQUEST, 1, call);
        say(Message.Kind.ANSWER, call, 0);
        say(Message.Kind.REQUEST, 2, call);
        say(Message.Kind.NOTE, 0, 0);
        while (channel.receive().id() != 2) {
            // The answer to the first, or the call's end.
        }
        say(Message.Kind.NOTE, 0, 0);
        channel.receive();
    }
}
