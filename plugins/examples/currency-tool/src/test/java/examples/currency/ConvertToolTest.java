package examples.currency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.HttpResponse;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.Tool;
import dev.agentos.testkit.FakeCallContext;
import dev.agentos.testkit.FakePluginContext;
import dev.agentos.testkit.ToolContract;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every tool keeps, and what this one does; the test is the service. */
class ConvertToolTest extends ToolContract {

    private final FakePluginContext context = FakePluginContext.of("currency-tool")
            .withSecret("RATES_API_KEY", "k")
            .answering(request -> {
                assertThat(request.headers()).containsEntry("authorization", List.of("Bearer k"));
                return request.uri().getPath().equals("/rates/EUR")
                        ? HttpResponse.ofJson(200, request.uri(), JsonObject.of("rates", JsonObject.of("USD", 1.25)))
                        : new HttpResponse(404, request.uri(), java.util.Map.of(), new byte[0]);
            });

    @Override
    protected Tool tool() {
        ConvertTool tool = new ConvertTool();
        tool.start(context);
        return tool;
    }

    @Override
    protected JsonObject goodArguments() {
        return JsonObject.of("amount", 4, "from", "EUR", "to", "USD");
    }

    @Test
    void convertsAtTheRateOfTheService() {
        assertThat(tool().call(goodArguments(), FakeCallContext.create()).output())
                .hasToString("{\"amount\":5.00,\"currency\":\"USD\"}");
        assertThat(context.metrics().value("requests", "status", "200")).isEqualTo(1);
    }

    @Test
    void saysWhatItCannotDo() {
        assertThat(tool().call(goodArguments().with("to", "XXX"), FakeCallContext.create())
                        .failed())
                .isTrue();
        assertThat(tool().call(goodArguments().with("from", "YYY"), FakeCallContext.create())
                        .output()
                        .toString())
                .contains("404");
    }
}
