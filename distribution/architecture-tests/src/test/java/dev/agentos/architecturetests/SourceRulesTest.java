package dev.agentos.architecturetests;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Budgets of size, and documentation where a plugin's author reads it. */
class SourceRulesTest {
    private static final int FILE_LINES = 500;
    private static final int METHOD_LINES = 60;
    private static final int CONSTRUCTOR_PARAMETERS = 8;

    private static Findings findings = new Findings();

    @BeforeAll
    static void readSources() throws IOException {
        findings = scan(SourceTree.containing(Path.of("")));
    }

    @Test
    void filesFitTheBudget() {
        assertThat(findings.longFiles).isEmpty();
    }

    @Test
    void methodsFitTheBudget() {
        assertThat(findings.longMethods).isEmpty();
    }

    @Test
    void constructorsFitTheBudget() {
        assertThat(findings.wideConstructors).isEmpty();
    }

    @Test
    void publicTypesOfTheSpiAreDocumented() {
        assertThat(findings.undocumented).isEmpty();
    }

    /** No index answers it: such a statement reads the rows of all tenants, and what costs little is slow one day. */
    @Test
    void noStatementLooksForATenantOrNoneByDistinctness() throws IOException {
        var tree = SourceTree.containing(Path.of(""));
        var found = new ArrayList<String>();
        for (var file : tree.javaFiles()) {
            if (tree.name(file).contains("/src/main/")
                    && Files.readString(file).contains("tenant_id IS NOT DISTINCT FROM")) {
                found.add(tree.name(file));
            }
        }
        assertThat(found).isEmpty();
    }

    /** Before version 4.4 of bash, as macOS has it, an array without elements counts as one that is not set. */
    @Test
    void theLauncherUsesNoEmptyArrayAsIfItWereFull() throws IOException {
        var script = Files.readString(SourceTree.containing(Path.of("")).root().resolve("agentos"));
        var empty =
                Pattern.compile("\\b(\\w+)=\\(\\)").matcher(script).results().map(found -> found.group(1));
        assertThat(empty.flatMap(name -> Pattern.compile("(?<!\\[@]\\+)\"\\$\\{" + name + "\\[@]}\"")
                        .matcher(script)
                        .results()
                        .map(MatchResult::group)))
                .isEmpty();
    }

    @Test
    void findsWhatTheRulesForbid(@TempDir Path root) throws IOException {
        var directory = Files.createDirectories(root.resolve("plugin-api/spi/src/main/java"));
        Files.writeString(
                directory.resolve("Bad.java"),
                "public class Bad { Bad(int a, int b, int c, int d, int e, int f, int g, int h, int i) {}\nvoid m() {\n"
                        + ";\n".repeat(METHOD_LINES) + "} }\n" + "\n".repeat(FILE_LINES));

        var found = scan(new SourceTree(root));

        assertThat(found.longFiles).hasSize(1);
        assertThat(found.longMethods).hasSize(1);
        assertThat(found.wideConstructors).hasSize(1);
        assertThat(found.undocumented).hasSize(1);
    }

    private static Findings scan(SourceTree tree) throws IOException {
        var findings = new Findings();
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            var task = (JavacTask) compiler.getTask(
                    null,
                    files,
                    null,
                    List.of("-proc:none"),
                    null,
                    files.getJavaFileObjectsFromPaths(tree.javaFiles()));
            var trees = DocTrees.instance(task);
            for (var unit : task.parse()) {
                var name = tree.name(Path.of(unit.getSourceFile().toUri()));
                var lines = unit.getSourceFile()
                        .getCharContent(true)
                        .toString()
                        .lines()
                        .count();
                if (lines > FILE_LINES) {
                    findings.longFiles.add(name + ": " + lines + " lines");
                }
                new Scanner(findings, trees, unit, name).scan(unit, null);
            }
        }
        return findings;
    }

    private static final class Findings {
        private final List<String> longFiles = new ArrayList<>();
        private final List<String> longMethods = new ArrayList<>();
        private final List<String> wideConstructors = new ArrayList<>();
        private final List<String> undocumented = new ArrayList<>();
    }

    /** Records are data: their canonical constructor is their shape, so only constructors of classes are counted. */
    private static final class Scanner extends TreePathScanner<@Nullable Void, @Nullable Void> {
        private final Findings findings;
        private final DocTrees trees;
        private final CompilationUnitTree unit;
        private final String name;

        Scanner(Findings findings, DocTrees trees, CompilationUnitTree unit, String name) {
            this.findings = findings;
            this.trees = trees;
            this.unit = unit;
            this.name = name;
        }

        @Override
        public @Nullable Void visitClass(ClassTree type, @Nullable Void nothing) {
            var exposed = name.startsWith("plugin-api/spi/src/main/")
                    && type.getModifiers().getFlags().contains(Modifier.PUBLIC);
            if (exposed && trees.getDocComment(getCurrentPath()) == null) {
                findings.undocumented.add(name + ": " + type.getSimpleName());
            }
            return super.visitClass(type, nothing);
        }

        @Override
        public @Nullable Void visitMethod(MethodTree method, @Nullable Void nothing) {
            var lines = line(trees.getSourcePositions().getEndPosition(unit, method))
                    - line(trees.getSourcePositions().getStartPosition(unit, method))
                    + 1;
            if (lines > METHOD_LINES) {
                findings.longMethods.add(name + ": " + method.getName() + ", " + lines + " lines");
            }
            var owner = getCurrentPath().getParentPath().getLeaf();
            if (method.getName().contentEquals("<init>")
                    && owner.getKind() != Tree.Kind.RECORD
                    && method.getParameters().size() > CONSTRUCTOR_PARAMETERS) {
                findings.wideConstructors.add(
                        name + ": " + method.getParameters().size() + " parameters");
            }
            return super.visitMethod(method, nothing);
        }

        private long line(long position) {
            return unit.getLineMap().getLineNumber(position);
        }
    }
}
