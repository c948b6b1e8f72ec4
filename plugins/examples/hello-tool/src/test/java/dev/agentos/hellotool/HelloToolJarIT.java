package dev.agentos.hellotool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.testkit.PluginJarContract;
import java.util.List;
import org.junit.jupiter.api.Test;

class HelloToolJarIT extends PluginJarContract {

    @Override
    protected String pluginId() {
        return "hello-tool";
    }

    @Override
    protected String kind() {
        return "tool";
    }

    @Override
    protected List<String> extensions() {
        return List.of(GreetTool.class.getName());
    }

    @Test
    void asksForNothing() {
        assertThat(permissions()).isEmpty();
    }
}
