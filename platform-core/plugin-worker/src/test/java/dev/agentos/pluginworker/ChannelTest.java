package dev.agentos.pluginworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.kernel.Json;
import dev.agentos.spi.AgentOsException;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import org.junit.jupiter.api.Test;

class ChannelTest {

    private static Message answer(String json) {
        return Message.of(Message.Kind.ANSWER, 1, 0, Json.parseObject(json));
    }

    @Test
    void carriesAMillionValuesAndNoMore() {
        // Its object, its name and its array are three of them.
        int room = Channel.MOST_VALUES - 2;
        assertThat(Channel.carries(answer("{\"a\":[" + "0,".repeat(room - 1) + "0]}")))
                .isTrue();
        assertThat(Channel.carries(answer("{\"a\":[" + "0,".repeat(room) + "0]}")))
                .isFalse();
    }

    @Test
    void whatIsInATextIsNoValue() {
        String text = "{[,:\\\"".repeat(Channel.MOST_VALUES);
        assertThat(Channel.carries(answer("{\"a\":\"" + text + "\\\\\"}"))).isTrue();
        assertThat(Channel.carries(answer("{\"" + "\\\"" + "\":[" + "{},".repeat(Channel.MOST_VALUES / 2) + "{}]}")))
                .isFalse();
    }

    @Test
    void anAnswerOfTooManyValuesIsAFailureOfWhoeverGivesIt() {
        Asking asking = new Asking(new Channel(InputStream.nullInputStream(), new ByteArrayOutputStream()));
        Message answer = answer("{\"a\":[" + "0,".repeat(Channel.MOST_VALUES) + "0]}");
        assertThatThrownBy(() -> asking.send(answer))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(WorkerErrorCode.MESSAGE_TOO_LONG));
    }
}
