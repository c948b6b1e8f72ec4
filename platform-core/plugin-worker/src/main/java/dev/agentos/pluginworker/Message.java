package dev.agentos.pluginworker;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import java.io.ByteArrayInputStream;

/**
 * What one end says to the other.
 *
 * @param kind what it is
 * @param id of a request, its number among those of the end that asks; of an answer, the request's
 * @param call in a request of the worker, the call that it belongs to; 0 for none
 * @param json what it says, a JSON object that is read by whoever needs it, not by the thread that receives it
 */
record Message(Kind kind, long id, long call, byte[] json) {

    /** Said by the receiving end to those that wait, when nothing more comes. */
    static final Message END = new Message(Kind.END, 0, 0, new byte[0]);

    enum Kind {
        REQUEST,
        ANSWER,
        /** An answer that is a failure. */
        FAILURE,
        /** Nobody wants the answer to a request any more. */
        CANCEL,
        /** Something that wants no answer. */
        NOTE,
        /** Never sent. */
        END
    }

    static Message of(Kind kind, long id, long call, JsonObject body) {
        return new Message(kind, id, call, Json.writeBytes(body));
    }

    /**
     * What it says.
     *
     * @throws AgentOsException if it is no JSON object within the bounds of {@link Json}
     */
    JsonObject body() {
        return Json.parseObject(new ByteArrayInputStream(json));
    }
}
