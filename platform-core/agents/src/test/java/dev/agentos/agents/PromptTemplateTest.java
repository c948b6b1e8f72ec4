package dev.agentos.agents;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphCompiler;
import dev.agentos.graph.NodeHandlers;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonObject;
import org.junit.jupiter.api.Test;

class PromptTemplateTest {

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
        PromptTemplate template = PromptTemplate.of("Q: {{ question }} ({{count + 1}}) {not} {{'}'}}");
        assertThat(template.check(EXPRESSIONS)).isEmpty();
        assertThat(template.fill(EXPRESSIONS, JsonObject.of("question", "why?", "count", 2)))
                .isEqualTo("Q: why? (3) {not} }");
    }

    @Test
    void saysWhatIsWrongWithAnExpression() {
        assertThat(PromptTemplate.of("{{questoin}}").check(EXPRESSIONS))
                .hasValueSatisfying(fault -> assertThat(fault).contains("questoin"));
        assertThat(PromptTemplate.of("{{1 +}}").check(EXPRESSIONS)).isPresent();
    }

    @Test
    void textWithoutPlaceholdersIsItself() {
        assertThat(PromptTemplate.of("plain {{}").fill(EXPRESSIONS, JsonObject.EMPTY))
                .isEqualTo("plain {{}");
    }
}
