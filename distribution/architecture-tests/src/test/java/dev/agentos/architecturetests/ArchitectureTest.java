package dev.agentos.architecturetests;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows and borders of the tree, one named rule each; docs/explanation/architecture.md says why. */
class ArchitectureTest {
    private static final String CORE = "platform-core/";

    /** Every module of the core with those that it may use besides itself; an entry stands for all below it too. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            Map.entry("kernel", Set.of()),
            Map.entry("guard", Set.of()),
            Map.entry("tenancy", Set.of("kernel")),
            Map.entry("identity", Set.of("tenancy")),
            Map.entry("audit", Set.of("tenancy", "redaction")),
            Map.entry("expressions", Set.of()),
            Map.entry("schemas", Set.of("kernel")),
            Map.entry("redaction", Set.of("kernel")),
            Map.entry("policy", Set.of("audit", "tenancy", "expressions", "schemas", "redaction")),
            Map.entry("limits", Set.of("tenancy")),
            Map.entry("scripting", Set.of("kernel")),
            Map.entry("graph", Set.of("policy", "tenancy", "expressions", "schemas")),
            Map.entry("execution", Set.of("graph")),
            Map.entry("retention", Set.of("audit", "execution")),
            Map.entry("quotas", Set.of("execution", "limits")),
            Map.entry("webhooks", Set.of("execution", "outbound")),
            Map.entry("secrets", Set.of("tenancy")),
            Map.entry("testkit", Set.of("limits", "quotas", "retention")),
            Map.entry("metrics", Set.of()),
            Map.entry("outbound", Set.of()),
            Map.entry("plugin-worker", Set.of("graph", "guard")),
            Map.entry("plugin-runtime", Set.of("plugin-worker", "metrics", "outbound")),
            Map.entry("agents", Set.of("invocation", "scripting")),
            Map.entry("invocation", Set.of("execution", "plugin-runtime", "limits")),
            Map.entry("web", Set.of("audit", "identity", "tenancy", "metrics")),
            Map.entry("http", Set.of("agents", "retention", "quotas", "webhooks", "secrets", "web")),
            Map.entry("postgres", Set.of("kernel")),
            Map.entry("stores", Set.of("identity", "plugin-runtime", "retention", "quotas", "webhooks", "secrets")),
            Map.entry("persistence", Set.of("http", "postgres", "stores")),
            Map.entry("redis", Set.of("limits")),
            Map.entry("server", Set.of("http", "persistence", "redis", "guard")));

    // Persistence and stores stand above what they store because they implement its ports; the server alone uses them.

    private static CompiledTree tree;

    @BeforeAll
    static void readClasses() {
        tree = CompiledTree.ofThisBuild();
    }

    @Test
    void everyModuleOfTheCoreIsOnTheMap() {
        assertThat(tree.modules(CORE))
                .allSatisfy(module -> assertThat(ARROWS).containsKey(module.substring(CORE.length())));
    }

    @Test
    void arrowsOfTheCorePointDown() {
        assertThat(tree.dependencies(
                        module -> module.startsWith(CORE),
                        (module, target) -> tree.moduleOf(target)
                                .filter(other -> other.startsWith(CORE) && !other.equals(module))
                                .filter(other -> !below(name(module)).contains(name(other)))
                                .isPresent()))
                .isEmpty();
    }

    @Test
    void coreUsesNoPluginAndNothingOfTheDistribution() {
        assertThat(tree.dependencies(
                        module -> module.startsWith(CORE),
                        (module, target) -> isIn(target, "plugins/", "distribution/")))
                .isEmpty();
    }

    @Test
    void theTestkitOfTheCoreIsForTestsOnly() {
        assertThat(tree.dependencies(
                        module -> !module.equals(CORE + "testkit"), (module, target) -> isIn(target, CORE + "testkit")))
                .isEmpty();
    }

    @Test
    void pluginsUseTheSpiAndNothingElseOfOurs() {
        assertThat(tree.dependencies(
                        module -> module.startsWith("plugins/"),
                        (module, target) -> tree.moduleOf(target)
                                .filter(other -> !other.equals(module))
                                .filter(other -> !other.equals("plugin-api/spi"))
                                .filter(other -> !other.equals("plugins/base/langchain4j-support"))
                                .isPresent()))
                .isEmpty();
    }

    @Test
    void theSpiUsesNothingOfOurs() {
        assertThat(tree.dependencies(
                        "plugin-api/spi"::equals,
                        (module, target) -> tree.moduleOf(target)
                                .filter(other -> !other.equals(module))
                                .isPresent()))
                .isEmpty();
    }

    @Test
    void theCommandLineSpeaksToTheServerByThePublicApiOnly() {
        assertThat(tree.dependencies(
                        "distribution/cli"::equals,
                        (module, target) -> tree.moduleOf(target)
                                .filter(other -> other.startsWith(CORE) && !other.equals(CORE + "kernel"))
                                .isPresent()))
                .isEmpty();
    }

    @Test
    void osgiAndPf4jStayInThePluginRuntime() {
        assertThat(tree.dependencies(
                        module -> !module.equals(CORE + "plugin-runtime"),
                        (module, target) -> startsWith(target, "org.osgi.", "org.apache.felix.")
                                || (startsWith(target, "org.pf4j.") && !pluginApi(module))))
                .isEmpty();
    }

    @Test
    void jdbcStaysInPersistenceAndStores() {
        // The benchmarks measure what the same database can do at most without the product.
        onlyIn(
                Set.of(CORE + "persistence", CORE + "stores", CORE + "postgres", "distribution/benchmarks"),
                "java.sql.",
                "javax.sql.",
                "org.jdbi.",
                "org.postgresql.",
                "com.zaxxer.",
                "org.flywaydb.");
    }

    @Test
    void redisStaysInItsModule() {
        onlyIn(Set.of(CORE + "redis"), "redis.clients.", "org.apache.commons.pool2.");
    }

    @Test
    void jaxRsStaysInHttp() {
        // The benchmarks measure what the same library can do at most without the product.
        onlyIn(
                Set.of(CORE + "http", CORE + "web", "distribution/benchmarks"),
                "jakarta.ws.rs.",
                "org.glassfish.jersey.");
    }

    @Test
    void webAssemblyStaysInScripting() {
        onlyIn(Set.of(CORE + "scripting"), "run.endive.", "io.roastedroot.");
    }

    @Test
    void langchain4jStaysInPlugins() {
        assertThat(tree.dependencies(
                        module -> !module.startsWith("plugins/"),
                        (module, target) -> startsWith(target, "dev.langchain4j.")))
                .isEmpty();
    }

    @Test
    void threadLocalsStayInInvocation() {
        assertThat(tree.dependencies(
                        module -> !module.equals(CORE + "invocation"),
                        (module, target) -> target.isAssignableTo(ThreadLocal.class)))
                .isEmpty();
    }

    @Test
    void requestsOverHttpStayInOutbound() {
        assertThat(tree.dependencies(
                        module -> module.startsWith(CORE) && !module.equals(CORE + "outbound"),
                        (module, target) -> startsWith(target, "java.net.http.", "org.apache.hc.")))
                .isEmpty();
    }

    @Test
    void timeAndRandomnessOfTheCoreComeFromTheKernel() {
        var forbidden = Set.of(
                "java.lang.System.currentTimeMillis",
                "java.time.Instant.now",
                "java.time.OffsetDateTime.now",
                "java.time.ZonedDateTime.now",
                "java.time.LocalDateTime.now",
                "java.util.UUID.randomUUID",
                "java.lang.Math.random");
        assertThat(tree.classes(module -> module.startsWith(CORE) && !module.equals(CORE + "kernel"))
                        .flatMap(type -> type.getAccessesFromSelf().stream())
                        .filter(access -> forbidden.contains(qualifiedName(access.getTarget())))
                        .map(JavaAccess::getDescription))
                .isEmpty();
    }

    @Test
    void whatIsInternalStaysInItsModule() {
        assertThat(tree.dependencies(
                        module -> true,
                        (module, target) -> target.getPackageName().endsWith(".internal")
                                && tree.moduleOf(target)
                                        .filter(other -> !other.equals(module))
                                        .isPresent()))
                .isEmpty();
    }

    @Test
    void namesSayWhatATypeIs() {
        assertThat(tree.classes(module -> true)
                        .filter(type -> Set.of("Manager", "Helper", "Util", "Utils", "Impl").stream()
                                .anyMatch(type.getSimpleName()::endsWith))
                        .map(JavaClass::getName))
                .isEmpty();
    }

    @Test
    void packagesHoldAtMostThirtyTwoTypes() {
        var sizes = tree.classes(module -> true)
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .collect(groupingBy(JavaClass::getPackageName, counting()));
        assertThat(sizes)
                .allSatisfy((name, size) ->
                        assertThat(size).as(name).isLessThanOrEqualTo(name.equals("dev.agentos.spi") ? 120 : 30));
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching("dev.agentos.(*)..").should().beFreeOfCycles().check(tree.all());
    }

    private static void onlyIn(Set<String> owners, String... packages) {
        assertThat(tree.dependencies(
                        module -> !owners.contains(module), (module, target) -> startsWith(target, packages)))
                .isEmpty();
    }

    private static Set<String> below(String module) {
        return ARROWS.getOrDefault(module, Set.of()).stream()
                .flatMap(used -> Stream.concat(Stream.of(used), below(used).stream()))
                .collect(Collectors.toSet());
    }

    private static boolean isIn(JavaClass target, String... prefixes) {
        Predicate<String> matches = module -> Arrays.stream(prefixes).anyMatch(module::startsWith);
        return tree.moduleOf(target).filter(matches).isPresent();
    }

    private static boolean startsWith(JavaClass target, String... packages) {
        return Arrays.stream(packages).anyMatch(target.getName()::startsWith);
    }

    private static boolean pluginApi(String module) {
        return module.startsWith("plugin-api/") || module.startsWith("plugins/");
    }

    private static String name(String module) {
        return module.substring(CORE.length());
    }

    private static String qualifiedName(AccessTarget target) {
        return target.getOwner().getName() + "." + target.getName();
    }
}
