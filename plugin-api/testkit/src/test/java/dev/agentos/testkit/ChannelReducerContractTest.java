package dev.agentos.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.agentos.spi.ChannelReducer;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonNumber;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChannelReducerContractTest extends ChannelReducerContract {

    @Override
    protected ChannelReducer reducer() {
        return new Sample(true, true);
    }

    @Override
    protected List<JsonValue> goodWrites() {
        return List.of(JsonNumber.of(2), JsonNumber.of(3), JsonNumber.of(1));
    }

    @Test
    void findsAReducerThatIsWrongAboutTheOrder() {
        ChannelReducerContract liar = new ChannelReducerContract() {
            @Override
            protected ChannelReducer reducer() {
                return new Sample(false, true);
            }

            @Override
            protected List<JsonValue> goodWrites() {
                return ChannelReducerContractTest.this.goodWrites();
            }
        };
        assertThatThrownBy(liar::saysTruthfullyWhetherTheOrderMatters)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("in the order");
    }

    /** Keeps the highest number, or else the last one. */
    private record Sample(boolean highest, boolean orderIndependent) implements ChannelReducer {
        @Override
        public String reducer() {
            return "sample.most";
        }

        @Override
        public String description() {
            return "Keeps a number.";
        }

        @Override
        public JsonObject valueSchema() {
            return JsonObject.of("type", JsonArray.of("number", "null"));
        }

        @Override
        public JsonValue start() {
            return JsonNumber.of(0);
        }

        @Override
        public JsonValue reduce(JsonValue current, JsonValue write) {
            boolean keep = highest && ((JsonNumber) current).value().compareTo(((JsonNumber) write).value()) > 0;
            return keep ? current : write;
        }
    }
}
