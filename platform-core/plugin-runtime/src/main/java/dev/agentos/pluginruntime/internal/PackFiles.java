package dev.agentos.pluginruntime.internal;

import dev.agentos.graph.GraphCodec;
import dev.agentos.graph.GraphCompiler;
import dev.agentos.graph.Graphs;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.pluginruntime.ExtensionListing.Description;
import dev.agentos.pluginruntime.ExtensionListing.OfPack;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.spi.AgentDefinition;
import dev.agentos.spi.AgentFile;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.GraphDefinition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

/**
 * Reads the graphs that a pack has as files of its JAR. All that can be said of a graph before the node types, tools
 * and models of other plugins are known is said here, so that a mistake shows when the plugin is installed and not when
 * its agent is needed.
 */
public final class PackFiles {

    private static final int LARGEST = 3 << 20;

    private PackFiles() {}

    /**
     * A description whose agents are all there; the same when it has no files.
     *
     * @param jar the version's verified JAR
     * @throws AgentOsException {@code plugin:INVALID_PLUGIN} naming file and place
     */
    public static Description read(PluginVersion plugin, Path jar, Description description) {
        if (!(description instanceof OfPack pack) || pack.files().isEmpty()) {
            return description;
        }
        List<AgentDefinition> agents = new ArrayList<>(pack.agents());
        try (JarFile file = new JarFile(jar.toFile())) {
            for (AgentFile agent : pack.files()) {
                agents.add(agent.with(graph(plugin, file, agent.graph())));
            }
        } catch (IOException e) {
            throw invalid(plugin, jar.getFileName() + " cannot be read", List.of());
        }
        Set<String> names = new HashSet<>();
        for (AgentDefinition agent : agents) {
            if (!names.add(agent.name())) {
                throw invalid(plugin, "its pack has two agents '" + agent.name() + "'", List.of());
            }
        }
        return new OfPack(pack.name(), pack.title(), pack.description(), pack.configurationSchema(), agents, List.of());
    }

    private static GraphDefinition graph(PluginVersion plugin, JarFile jar, String file) throws IOException {
        ZipEntry entry = jar.getEntry(file);
        if (entry == null || entry.isDirectory()) {
            throw invalid(plugin, "its JAR has no file " + file, List.of());
        }
        byte[] bytes;
        try (InputStream in = jar.getInputStream(entry)) {
            bytes = in.readNBytes(LARGEST + 1);
        }
        if (bytes.length > LARGEST) {
            throw invalid(plugin, file + " has more than " + LARGEST + " bytes", List.of());
        }
        try {
            GraphDefinition graph = parsed(file, bytes);
            GraphCompiler.checkAlone(graph);
            return graph;
        } catch (InvalidInputException e) {
            Fault first = e.faults().getFirst();
            String place = first.pointer().isEmpty() ? "" : " at " + first.pointer();
            String more = e.faults().size() == 1 ? "" : " (and " + (e.faults().size() - 1) + " more faults)";
            throw invalid(
                    plugin,
                    file + place + ": " + withoutEnd(first.message()) + more,
                    e.faults().stream()
                            .map(fault -> new Fault(file + "#" + fault.pointer(), fault.code(), fault.message()))
                            .toList());
        } catch (AgentOsException e) {
            throw invalid(plugin, file + ": " + withoutEnd(String.valueOf(e.getMessage())), List.of());
        } catch (CharacterCodingException e) {
            throw invalid(plugin, file + " is not UTF-8", List.of());
        }
    }

    private static GraphDefinition parsed(String file, byte[] bytes) throws CharacterCodingException {
        String text = StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
        return Graphs.read(file.endsWith(".json") ? Json.parseObject(text) : GraphCodec.yamlObject(text));
    }

    private static String withoutEnd(String sentence) {
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private static AgentOsException invalid(PluginVersion plugin, String why, List<Fault> faults) {
        String message = "Plugin " + plugin + " cannot be started: " + why + ".";
        String action = "Report it to the plugin's author, who corrects the file.";
        return faults.isEmpty()
                ? new AgentOsException(PluginErrorCode.INVALID_PLUGIN, message, action)
                : new InvalidInputException(PluginErrorCode.INVALID_PLUGIN, message, action, faults);
    }
}
