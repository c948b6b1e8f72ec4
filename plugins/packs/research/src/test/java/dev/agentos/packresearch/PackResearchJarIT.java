package dev.agentos.packresearch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.testkit.PluginJarContract;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackResearchJarIT extends PluginJarContract {

    @Override
    protected String pluginId() {
        return "pack-research";
    }

    @Override
    protected String kind() {
        return "pack";
    }

    @Override
    protected List<String> extensions() {
        return List.of(
                ResearchPack.class.getName(),
                IngestNode.class.getName(),
                EmbedNode.class.getName(),
                RetrieveNode.class.getName(),
                CheckNode.class.getName());
    }

    @Test
    void needsTheDocumentsTool() {
        assertThat(header("Plugin-Dependencies")).isEqualTo("tool-documents@>=0.1.0");
        assertThat(permissions())
                .extracting(request -> request.permission().toString())
                .contains("model.invoke */*", "tool.invoke documents.*");
    }
}
