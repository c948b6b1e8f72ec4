package dev.agentos.tooldocuments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.PermissionRequest;
import dev.agentos.testkit.PluginJarContract;
import java.util.List;
import org.junit.jupiter.api.Test;

class ToolDocumentsJarIT extends PluginJarContract {

    @Override
    protected String pluginId() {
        return "tool-documents";
    }

    @Override
    protected String kind() {
        return "tool";
    }

    @Override
    protected List<String> extensions() {
        return List.of(ReadTool.class.getName(), SplitTool.class.getName());
    }

    @Test
    void worksWithoutAnyPermission() {
        assertThat(permissions()).allMatch(PermissionRequest::optional);
    }
}
