package dev.agentos.pluginworker;

import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The program of a process that says what its one argument stands for, and not what a plugin's process would. */
public final class Talk {

    /** More than the server answers at once and keeps to be sent, twice. */
    static final int MANY = 400;

    /** One more than the server answers at once in a call. */
    static final int CROWD = 17;

    /** The variable that names the folder where each process leaves its number. */
    static final String MARKS = "TALK_MARKS";

    /** A file in that folder: a process that finds it says nothing. */
    static final String STALL = "stall";

    private final Channel channel = new Channel(System.in, System.out);

    private Talk() {}

    /** Talks. */
    public static void main(String[] arguments) throws Exception {
        Talk talk = new Talk();
        switch (arguments[0]) {
            case "asks-and-dies" -> talk.askAndDie();
            case "asks-a-crowd" -> talk.askCrowd();
            case "asks-late" -> talk.askLate();
            case "answers-much" -> talk.answerMuch();
            case "asks-once" -> talk.askOnce();
            case "offers-nothing" -> talk.offer(JsonObject.of("extensions", JsonArray.EMPTY));
            case "offers-nonsense" ->
                talk.offer(JsonObject.of("extensions", List.of(JsonObject.of("point", "nonsense"))));
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

    /** Answers with few bytes for many values, which a plugin's process would not send. */
    private void answerMuch() throws IOException {
        long call = channel.receive().id();
        String inner = "[" + "{},".repeat(999) + "{}]";
        byte[] json = ("{\"all\":[" + (inner + ",").repeat(999) + inner + "]}").getBytes(StandardCharsets.UTF_8);
        DataOutputStream out = new DataOutputStream(System.out);
        out.writeInt(json.length);
        out.writeByte(Message.Kind.ANSWER.ordinal());
        out.writeLong(call);
        out.writeLong(0);
        out.write(json);
        out.flush();
        channel.receive();
    }

    /** Notes that it was answered outside a call. */
    private void askOnce() throws IOException {
        say(Message.Kind.REQUEST, 1, 0);
        channel.receive();
        say(Message.Kind.NOTE, 0, 0);
        channel.receive();
    }

    /** Starts as a plugin's process does, unless it is to stall, and dies when it is to stop. */
    private void offer(JsonObject answer) throws Exception {
        Path marks = Path.of(System.getenv(MARKS));
        Files.createFile(marks.resolve("pid-" + ProcessHandle.current().pid()));
        if (Files.exists(marks.resolve(STALL))) {
            Thread.sleep(Long.MAX_VALUE);
        }
        long load = channel.receive().id();
        channel.send(Message.of(Message.Kind.NOTE, 0, 0, JsonObject.of("note", "ready")));
        channel.send(Message.of(Message.Kind.ANSWER, load, 0, answer));
        channel.receive();
        Runtime.getRuntime().halt(7);
    }
}
