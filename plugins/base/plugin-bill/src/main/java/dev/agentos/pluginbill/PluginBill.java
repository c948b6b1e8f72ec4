package dev.agentos.pluginbill;

import aQute.bnd.osgi.Analyzer;
import aQute.bnd.osgi.EmbeddedResource;
import aQute.bnd.osgi.Jar;
import aQute.bnd.osgi.Resource;
import aQute.bnd.service.AnalyzerPlugin;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Puts the bill of materials into a plugin while bnd makes the bundle, when all that is taken in is there: the
 * libraries in it as files, with their digests, what classes were copied from, and what the property
 * {@code plugin.parts} names by package URL because the build takes it in on other ways. A project that brings a
 * document of its own keeps that one.
 */
public final class PluginBill implements AnalyzerPlugin {

    /** Where it stands. */
    static final String PLACE = "META-INF/sbom/plugin.cdx.json";

    private static final Pattern OTHER = Pattern.compile("META-INF/(sbom/.+|bom)\\.json");
    private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");

    @Override
    public boolean analyzeJar(Analyzer analyzer) throws Exception {
        Jar bundle = analyzer.getJar();
        boolean others = bundle.getResourceNames(name -> OTHER.matcher(name).matches() && !name.equals(PLACE))
                .findAny()
                .isPresent();
        if (others) {
            bundle.remove(PLACE);
            return false;
        }
        ClassPath classPath = new ClassPath(analyzer.getClasspath(), analyzer.getProperty("project.artifacts", ""));
        List<Part> parts = new ArrayList<>();
        for (String name :
                bundle.getResourceNames(path -> path.endsWith(".jar")).sorted().toList()) {
            parts.add(library(name, bundle.getResource(name), classPath));
        }
        Set<PartId> more = new LinkedHashSet<>(classPath.copiedInto(bundle));
        more.addAll(named(analyzer));
        more.stream().map(Part::of).forEach(parts::add);
        PartId whole = PartId.ofMaven(
                analyzer.getProperty("project.groupId", "plugins"),
                analyzer.getProperty("project.artifactId", analyzer.getBsn()),
                analyzer.getProperty("project.version", "0"));
        // As old as what it tells of, so that it is written anew when that is new and not otherwise.
        bundle.putResource(PLACE, new EmbeddedResource(BillDocument.of(whole, parts), bundle.lastModified()));
        return false;
    }

    private static List<PartId> named(Analyzer analyzer) {
        List<PartId> named = new ArrayList<>();
        for (String url : COMMA.splitAsStream(
                        analyzer.getProperty("plugin.parts", "").strip())
                .toList()) {
            Optional<PartId> id = PartId.ofUrl(url);
            if (id.isPresent()) {
                named.add(id.get());
            } else if (!url.isEmpty()) {
                analyzer.error("plugin.parts: '%s' is no package URL as in pkg:maven/org.example/lib@1.0.0", url);
            }
        }
        return named;
    }

    private static Part library(String name, Resource file, ClassPath classPath) throws Exception {
        byte[] content;
        try (InputStream in = file.openInputStream()) {
            content = in.readAllBytes();
        }
        String digest = ClassPath.sha256(new ByteArrayInputStream(content));
        List<PartId> inside = inside(content);
        PartId id = classPath
                .file(content.length, digest)
                .or(() -> inside.size() == 1 ? Optional.of(inside.get(0)) : Optional.empty())
                .orElseGet(() -> PartId.ofFile(name));
        List<Part> parts = inside.stream()
                .filter(part -> !(part.group().equals(id.group()) && part.name().equals(id.name())))
                .map(Part::of)
                .toList();
        return new Part(id, Optional.of(digest), Optional.of(name), parts);
    }

    /** What a library says that is in it: Maven leaves word of each artifact, also of those that were put together. */
    private static List<PartId> inside(byte[] library) throws IOException {
        List<PartId> found = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(library))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                if (entry.getName().startsWith("META-INF/maven/")
                        && entry.getName().endsWith("/pom.properties")) {
                    Properties properties = new Properties();
                    properties.load(in);
                    PartId.of(properties).ifPresent(found::add);
                }
            }
        }
        return found;
    }
}
