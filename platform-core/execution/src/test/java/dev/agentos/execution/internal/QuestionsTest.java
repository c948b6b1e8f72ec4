package dev.agentos.execution.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.graph.Interrupt;
import dev.agentos.graph.NodeTask;
import dev.agentos.spi.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuestionsTest {

    private static final Interrupt SHARED = new Interrupt("1:one/ask/type/1", "one/ask", JsonObject.EMPTY);
    private static final Interrupt OWN = new Interrupt("1:one/ask", "one/ask", JsonObject.EMPTY);

    /** What is given up with a node around it takes no question from those that ask it too. */
    @Test
    void keepsAskingWhatOthersAskWhenOneIsGivenUp() {
        NodeTask inside = NodeTask.of(1, "one/ask");
        NodeTask beside = NodeTask.of(1, "two");
        Questions questions = new Questions();
        questions.ask(inside, List.of(SHARED, OWN), List.of(SHARED.id(), OWN.id()));
        questions.ask(beside, List.of(SHARED), List.of(SHARED.id()));
        assertThat(questions.end(Optional.empty()).interrupts()).containsExactly(SHARED, OWN);
        questions.giveUp("one", List.of(inside, beside));
        assertThat(questions.end(Optional.empty()))
                .isEqualTo(
                        new End.Waiting(List.of(SHARED), Map.of(beside.id(), List.of(SHARED.id())), Optional.empty()));
        questions.giveUp("two", List.of(inside, beside));
        assertThat(questions.isEmpty()).isTrue();
        assertThat(questions.end(Optional.empty()).interrupts()).isEmpty();
    }
}
