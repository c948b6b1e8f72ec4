package dev.agentos.server.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.joran.spi.JoranException;
import dev.agentos.kernel.Json;
import dev.agentos.kernel.LogFields;
import dev.agentos.spi.JsonObject;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** As the server's own configuration of its log writes a line. */
class ScrubbedLayoutTest {

    private static final String KEY = "sk-ant-" + "api03-canary-canary-canary";

    private static Encoder<ILoggingEvent> encoder(LoggerContext context) throws JoranException {
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        URL own = Optional.ofNullable(ScrubbedLayoutTest.class.getResource("/logback.xml"))
                .orElseThrow();
        configurator.doConfigure(own);
        return ((ConsoleAppender<ILoggingEvent>) context.getLogger("ROOT").getAppender("stderr")).getEncoder();
    }

    @Test
    void noKeyComesIntoTheLog() throws JoranException {
        LoggerContext context = new LoggerContext();
        Encoder<ILoggingEvent> encoder = encoder(context);
        Exception cause = new IllegalStateException("jdbc:postgresql://me:hunter2@db/x refused " + KEY);
        ILoggingEvent event = new LoggingEvent(
                "fqcn",
                context.getLogger("dev.agentos.Some"),
                Level.WARN,
                "A call with {} failed",
                new IllegalArgumentException("Bearer abcdefghijklmnopqrstuvwxyz", cause),
                new Object[] {KEY});
        String line = new String(encoder.encode(event), StandardCharsets.UTF_8);
        assertThat(line)
                .contains(
                        "WARN ", "Some: A call with [anthropic-key] failed", "[bearer-token]", "[url-password]", "at ")
                .contains("Caused by")
                .doesNotContain("canary", "hunter2", "abcdefghij");
        context.stop();
    }

    @Test
    void personalDataIsReplacedOnlyWhenThatIsSet() throws JoranException {
        LoggerContext context = new LoggerContext();
        Encoder<ILoggingEvent> encoder = encoder(context);
        ILoggingEvent event = new LoggingEvent(
                "fqcn",
                context.getLogger("dev.agentos.Some"),
                Level.WARN,
                "ann@example.com sent {}",
                null,
                new Object[] {KEY});
        assertThat(new String(encoder.encode(event), StandardCharsets.UTF_8))
                .contains("ann@example.com")
                .doesNotContain("canary");
        ScrubbedLayout.maskPersonalData(true);
        try {
            assertThat(new String(encoder.encode(event), StandardCharsets.UTF_8))
                    .contains("WARN", " sent ")
                    .doesNotContain("ann@", "canary");
        } finally {
            ScrubbedLayout.maskPersonalData(false);
        }
        context.stop();
    }

    @Test
    void aLineOfJsonSaysWhatItIsAboutAndNoKey() throws JoranException {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(MDC.getMDCAdapter());
        Encoder<ILoggingEvent> encoder = encoder(context);
        ScrubbedLayout.writeJson(true);
        Map<String, String> said =
                Map.of(LogFields.TENANT, "ten_1", LogFields.EXECUTION, "exe_1", "level", "OFF", "other", "not told");
        try (LogFields.Work _ = LogFields.during(said)) {
            ILoggingEvent event = new LoggingEvent(
                    "fqcn",
                    context.getLogger("dev.agentos.Some"),
                    Level.WARN,
                    "A \"call\"\nwith {} failed",
                    new IllegalArgumentException("Bearer abcdefghijklmnopqrstuvwxyz"),
                    new Object[] {KEY});
            String text = new String(encoder.encode(event), StandardCharsets.UTF_8);
            assertThat(text).endsWith("\n").doesNotContain("canary", "abcdefghij");
            assertThat(text.strip()).doesNotContain("\n");
            JsonObject line = Json.parseObject(text);
            assertThat(line.members().keySet())
                    .containsExactly("time", "level", "thread", "logger", "message", "tenant", "execution", "stack");
            assertThat(line.text("level")).contains("WARN");
            assertThat(line.text("message")).contains("A \"call\"\nwith [anthropic-key] failed");
            assertThat(line.text("tenant")).contains("ten_1");
            assertThat(line.text("execution")).contains("exe_1");
            assertThat(line.text("stack").orElseThrow())
                    .contains("IllegalArgumentException: ", "[bearer-token]", "\tat ");
        } finally {
            ScrubbedLayout.writeJson(false);
        }
        assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
        context.stop();
    }

    /** Where a line is thrown away because of its text, a plugin hides what is said of it. */
    @Test
    void noTextKeepsALineOutOrFillsTheLog() throws JoranException {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(MDC.getMDCAdapter());
        Encoder<ILoggingEvent> encoder = encoder(context);
        for (boolean json : new boolean[] {false, true}) {
            ScrubbedLayout.writeJson(json);
            try {
                ILoggingEvent event = new LoggingEvent(
                        "fqcn",
                        context.getLogger("dev.agentos.Some"),
                        Level.WARN,
                        "It said a\u0000b\u001B[2Jc\uD83D",
                        new IllegalArgumentException("m".repeat(5_000_000)),
                        new Object[0]);
                String text = new String(encoder.encode(event), StandardCharsets.UTF_8);
                assertThat(text)
                        .contains("It said a\uFFFDb\uFFFD[2Jc\uFFFD")
                        .contains("mmm…")
                        .hasSizeLessThan(300_000)
                        .endsWith("\n");
            } finally {
                ScrubbedLayout.writeJson(false);
            }
        }
        context.stop();
    }
}
