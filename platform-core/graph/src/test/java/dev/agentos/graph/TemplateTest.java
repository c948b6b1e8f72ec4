package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TemplateTest {

    private static final Expressions EXPRESSIONS = GraphCompiler.compile(
                    GraphDefinition.named("any")
                            .channel("question", "string", "last")
                            .channel("count", "integer", "last")
                            .node("set", "transform", JsonObject.of("set", JsonObject.of("count", "1")))
                            .edge(GraphDefinition.START, "set")
                            .edge("set", GraphDefinition.END)
                            .build(),
                    NodeHandlers.NONE)
            .expressions();

    @Test
    void fillsExpressionsAndKeepsTheRest() {
        Expressions.Template template = Expressions.Template.of("Q: {{ question }} ({{count + 1}}) {not} {{'}'}}");
        assertThat(template.check(EXPRESSIONS)).isEmpty();
        assertThat(template.fill(EXPRESSIONS, JsonObject.of("question", "why?", "count", 2)))
                .isEqualTo("Q: why? (3) {not} }");
    }

    @Test
    void saysWhatIsWrongWithAnExpression() {
        assertThat(Expressions.Template.of("{{questoin}}").check(EXPRESSIONS))
                .hasValueSatisfying(fault -> assertThat(fault).contains("questoin"));
        assertThat(Expressions.Template.of("{{1 +}}").check(EXPRESSIONS)).isPresent();
    }

    @Test
    void bracesThatNobodyClosesAreReadInTime() {
        String braces = "{{".repeat(500_000);
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(Expressions.Template.of(braces).parts())
                        .containsExactly(new Expressions.Template.Part.Literal(braces)));
    }

    @Test
    void textWithoutPlaceholdersIsItself() {
        assertThat(Expressions.Template.of("plain {{}").fill(EXPRESSIONS, JsonObject.EMPTY))
                .isEqualTo("plain {{}");
    }

    @Test
    void aPlaceholderHasAtLeastOneCharacter() {
        assertThat(Expressions.Template.of("{{}}}} {{}}").parts())
                .containsExactly(
                        new Expressions.Template.Part.Literal(""),
                        new Expressions.Template.Part.Placeholder("}"),
                        new Expressions.Template.Part.Literal("} {{}}"));
    }

    @Test
    @Timeout(20)
    void bracesThatAreNeverClosedTakeNoTime() {
        String open = "{".repeat(2_000_000);
        assertThat(Expressions.Template.of(open).fill(EXPRESSIONS, JsonObject.EMPTY))
                .isEqualTo(open);
    }

    @Test
    void aTextHasAnEnd() {
        Expressions.Template many = Expressions.Template.of("{{question}}".repeat(5));
        assertThat(many.fill(EXPRESSIONS, JsonObject.of("question", "x".repeat(800_000))))
                .hasSize(4_000_000);
        assertThatThrownBy(() -> many.fill(EXPRESSIONS, JsonObject.of("question", "x".repeat(800_001))))
                .isInstanceOfSatisfying(
                        AgentOsException.class,
                        e -> assertThat(e.errorCode()).isEqualTo(GraphErrorCode.EXPRESSION_FAILED));
    }

    @Test
    void aQuestionWhoseTemplateIsWrongIsAFinding() {
        GraphDefinition graph = GraphDefinition.named("ask")
                .channel("answer", "string", "last")
                .node("ask", "human", JsonObject.of("prompt", "Send {{ leter }}?", "output", "answer"))
                .edge(GraphDefinition.START, "ask")
                .edge("ask", GraphDefinition.END)
                .build();
        assertThatThrownBy(() -> GraphCompiler.compile(graph, NodeHandlers.NONE))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.faults()).singleElement().satisfies(fault -> {
                            assertThat(fault.pointer()).isEqualTo("/nodes/0/config/prompt");
                            assertThat(fault.message()).contains("leter");
                        }));
    }
}
