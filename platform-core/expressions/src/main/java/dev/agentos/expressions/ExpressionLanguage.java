package dev.agentos.expressions;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableMap;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.cel.bundle.Cel;
import dev.cel.bundle.CelBuilder;
import dev.cel.bundle.CelFactory;
import dev.cel.checker.CelStandardDeclarations;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.cel.extensions.CelExtensions;
import dev.cel.extensions.CelMathExtensions;
import dev.cel.extensions.CelStringExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelStandardFunctions;
import dev.cel.runtime.CelUnknownSet;
import dev.cel.runtime.CelVariableResolver;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * CEL over declared variables. Beside the standard library there are the string functions that cannot grow their input,
 * and mathematics. What an evaluation may cost is bounded by {@link EvaluationBudget}.
 */
public final class ExpressionLanguage {

    /** Identifiers that CEL keeps for itself, or that would hide a name space of functions. */
    private static final Set<String> RESERVED = Set.of(
            "true",
            "false",
            "null",
            "in",
            "as",
            "break",
            "const",
            "continue",
            "else",
            "for",
            "function",
            "if",
            "import",
            "let",
            "loop",
            "package",
            "namespace",
            "return",
            "var",
            "void",
            "while",
            "math",
            "google");

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");
    private static final Pattern POSITION = Pattern.compile("ERROR: [^:]*:(\\d+):(\\d+): (.*)");

    /** How many nodes compiled expressions have in all; each takes about 200 bytes. */
    private static final long MOST_KEPT = 100_000;

    /** How long expressions are in all of which it is known whether they are sound. */
    private static final long MOST_CHECKED = 400_000;

    /** So long a text takes about as much as a node, and the entry of one that was checked as much as the text. */
    private static final int CHARACTERS_A_NODE = 100;

    private static final int LONGEST_EXPRESSION = 4_096;

    private static final Compiled TOO_LONG =
            Compiled.wrong("The expression is longer than " + LONGEST_EXPRESSION + " characters");

    private static final CelOptions OPTIONS = CelOptions.current()
            .maxExpressionCodePointSize(LONGEST_EXPRESSION)
            .maxParseRecursionDepth(64)
            .comprehensionMaxIterations(10_000)
            .enableHeterogeneousNumericComparisons(true)
            .enableTimestampEpoch(true)
            .build();

    /** All but that which {@link Patterns} has instead. */
    private static final CelStandardFunctions OTHERS = CelStandardFunctions.newBuilder()
            .excludeFunctions(CelStandardFunctions.StandardFunction.MATCHES)
            .build();

    private static final Set<CelStringExtensions.Function> STRINGS = Set.of(
            CelStringExtensions.Function.CHAR_AT,
            CelStringExtensions.Function.INDEX_OF,
            CelStringExtensions.Function.LAST_INDEX_OF,
            CelStringExtensions.Function.LOWER_ASCII,
            CelStringExtensions.Function.REVERSE,
            CelStringExtensions.Function.SPLIT,
            CelStringExtensions.Function.SUBSTRING,
            CelStringExtensions.Function.TRIM,
            CelStringExtensions.Function.UPPER_ASCII);

    private final Cel cel;
    private final Map<String, ValueType> variables;
    private final Optional<String> all;
    /**
     * The least used go first: whoever has many tried must not have those compiled anew that hold. There are many
     * languages, so that all go before the memory does.
     */
    private final Cache<String, Compiled> compiled;

    /** What was checked is not kept compiled: most of it is never evaluated. */
    private final Cache<String, Verdict> checked = Caffeine.newBuilder()
            .maximumWeight(MOST_CHECKED)
            .weigher((String expression, Verdict verdict) -> CHARACTERS_A_NODE
                    + expression.length()
                    + verdict.fault().map(String::length).orElse(0))
            .build();

    /** What a check came to. */
    private record Verdict(CelType type, Optional<String> fault) {}

    private record Compiled(
            Optional<CelRuntime.Program> program,
            Optional<CelAbstractSyntaxTree> tree,
            Searches searches,
            Comparisons comparisons,
            String fault) {

        /** About how many nodes it is as large as. */
        int weight(String expression) {
            int nodes = tree.map(one -> one.getTypeMap().size()).orElse(0);
            return 1 + nodes + (expression.length() + fault.length()) / CHARACTERS_A_NODE;
        }

        Verdict verdict() {
            CelType type = tree.map(CelAbstractSyntaxTree::getResultType).orElse(SimpleType.DYN);
            return new Verdict(type, program.isPresent() ? Optional.empty() : Optional.of(fault));
        }

        static Compiled wrong(String fault) {
            return new Compiled(Optional.empty(), Optional.empty(), Searches.NONE, Comparisons.NONE, fault);
        }
    }

    /** A language with those variables; those with a name that CEL cannot have are left out. */
    public ExpressionLanguage(Map<String, ValueType> variables) {
        this(variables, Optional.empty());
    }

    /**
     * The same with one variable more.
     *
     * @param all the name of the variable that is a map of all that have a value
     */
    public ExpressionLanguage(Map<String, ValueType> variables, Optional<String> all) {
        this(variables, all, MOST_KEPT);
    }

    /**
     * The same that keeps fewer.
     *
     * @param kept how many nodes of compiled expressions
     */
    ExpressionLanguage(Map<String, ValueType> variables, Optional<String> all, long kept) {
        Cache<String, Compiled> compiled = Caffeine.newBuilder()
                .maximumWeight(kept)
                .weigher((String expression, Compiled one) -> one.weight(expression))
                .softValues()
                .build();
        this.compiled = compiled;
        this.variables = Map.copyOf(ValueType.flat(variables));
        this.all = all;
        CelStringExtensions strings = CelExtensions.strings(STRINGS);
        CelMathExtensions math = CelExtensions.math(OPTIONS);
        CelBuilder builder = CelFactory.standardCelBuilder()
                .setOptions(OPTIONS)
                .setStandardEnvironmentEnabled(false)
                .setStandardDeclarations(CelStandardDeclarations.newBuilder().build())
                .setStandardFunctions(OTHERS)
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .addCompilerLibraries(strings, math)
                .addRuntimeLibraries(strings, math);
        Map<String, CelType> structures = new HashMap<>();
        variables.values().forEach(type -> gather(type, structures));
        if (!structures.isEmpty()) {
            builder.setTypeProvider(new Structures(ImmutableMap.copyOf(structures)));
        }
        all.ifPresent(name -> builder.addVar(name, MapType.create(SimpleType.STRING, SimpleType.DYN)));
        this.variables.forEach((name, type) -> {
            // What is no name is an attribute's, or left out.
            if (validName(name) || !variables.containsKey(name)) {
                builder.addVar(name, ValueType.cel(type));
            }
        });
        cel = builder.build();
    }

    private static void gather(ValueType type, Map<String, CelType> structures) {
        if (type instanceof ValueType.Structure(String name, Map<String, ValueType> members)) {
            ImmutableMap.Builder<String, CelType> types = ImmutableMap.builder();
            members.forEach((member, of) -> types.put(member, ValueType.cel(of)));
            ImmutableMap<String, CelType> known = types.buildOrThrow();
            structures.put(
                    name, StructType.create(name, known.keySet(), member -> Optional.ofNullable(known.get(member))));
            members.values().forEach(member -> gather(member, structures));
        }
    }

    private record Structures(ImmutableMap<String, CelType> structures) implements CelTypeProvider {
        @Override
        public ImmutableCollection<CelType> types() {
            return structures.values();
        }

        @Override
        public Optional<CelType> findType(String name) {
            return Optional.ofNullable(structures.get(name));
        }
    }

    /** Whether a variable may have that name: a CEL identifier of at most 63 characters that is not reserved. */
    public static boolean validName(String name) {
        return NAME.matcher(name).matches() && !RESERVED.contains(name);
    }

    /**
     * Checks many expressions at once, which costs little more than one: what a check needs is set up for each anew.
     * Those that are sound are remembered so, the others are left to be checked one by one.
     */
    public void checkAll(Collection<String> expressions) {
        List<String> batch = new ArrayList<>();
        int length = 2;
        for (String expression : new LinkedHashSet<>(expressions)) {
            if (length + expression.length() + 4 > LONGEST_EXPRESSION) {
                checkBatch(batch);
                batch.clear();
                length = 2;
            }
            // Each must be one whole expression, so that those of a batch cannot complete each other.
            if (expression.length() < LONGEST_EXPRESSION / 2
                    && !cel.parse(expression).hasError()) {
                batch.add(expression);
                length += expression.length() + 4;
            }
        }
        checkBatch(batch);
    }

    private void checkBatch(List<String> batch) {
        if (batch.isEmpty()) {
            return;
        }
        CelValidationResult result = cel.compile(
                batch.stream().map(expression -> "(" + expression + "\n)").collect(Collectors.joining(",", "[", "]")));
        try {
            if (!result.hasError()) {
                CelAbstractSyntaxTree tree = result.getAst();
                List<CelExpr> elements = tree.getExpr().list().elements();
                for (int i = 0; i < batch.size() && elements.size() == batch.size(); i++) {
                    CelType type = tree.getType(elements.get(i).id()).orElse(SimpleType.DYN);
                    checked.put(batch.get(i), new Verdict(type, Optional.empty()));
                }
            }
        } catch (CelValidationException e) {
            throw new IllegalStateException("It was said to have no error", e);
        }
    }

    private static boolean condition(CelType type) {
        return type.equals(SimpleType.BOOL) || type.equals(SimpleType.DYN);
    }

    /**
     * Checks an expression without evaluating it.
     *
     * @return what is wrong with it and where; empty when it compiles
     */
    public Optional<String> check(String expression) {
        return verdict(expression).fault();
    }

    /** Checks an expression that must yield a boolean. */
    public Optional<String> checkCondition(String expression) {
        Verdict verdict = verdict(expression);
        return verdict.fault().isPresent() || condition(verdict.type())
                ? verdict.fault()
                : Optional.of("A condition must yield a boolean");
    }

    /** What kind of value an expression yields, as far as that is known without evaluating it. */
    public Yield yields(String expression) {
        return Yield.of(verdict(expression).type());
    }

    private Verdict verdict(String expression) {
        if (expression.length() > LONGEST_EXPRESSION) {
            return TOO_LONG.verdict();
        }
        Compiled known = compiled.getIfPresent(expression);
        if (known != null) {
            return known.verdict();
        }
        Verdict before = checked.getIfPresent(expression);
        if (before != null) {
            return before;
        }
        Verdict verdict = compileAnew(expression).verdict();
        checked.put(expression, verdict);
        return verdict;
    }

    /**
     * Evaluates an expression.
     *
     * @param values of the variables; one without a value is absent
     * @throws ExpressionFailedException saying why it has no value
     */
    public JsonValue evaluate(String expression, JsonObject values) {
        Compiled result = compile(expression);
        if (result.program().isEmpty()) {
            throw new ExpressionFailedException(result.fault(), null);
        }
        EvaluationBudget budget = new EvaluationBudget(result.searches(), result.comparisons());
        try {
            CelVariableResolver resolver = name -> variable(name, values);
            Object value = result.program().get().trace(resolver, new Patterns(budget).functions(), budget);
            if (value instanceof CelUnknownSet) {
                throw new IllegalArgumentException(unset(expression, values));
            }
            return CelValues.toJson(value, budget);
        } catch (CelEvaluationException | EvaluationBudget.ExceededException | IllegalArgumentException e) {
            throw new ExpressionFailedException(reason(e), e);
        } catch (RuntimeException e) {
            throw new ExpressionFailedException(
                    "it cannot be evaluated (" + e.getClass().getSimpleName() + ")", e);
        }
    }

    private String unset(String expression, JsonObject values) {
        List<String> names = paths(expression).stream()
                .map(List::getFirst)
                .filter(name -> values.member(name).isEmpty() && variables.containsKey(name))
                .distinct()
                .sorted()
                .map(name -> "'" + name + "'")
                .toList();
        return names.isEmpty() ? "it uses what has no value" : String.join(", ", names) + " has no value yet";
    }

    /**
     * The variables and their members that an expression looks at, each as the names that lead there; nothing for one
     * that does not compile.
     */
    public List<List<String>> paths(String expression) {
        Compiled result = compile(expression);
        return result.tree().map(tree -> Paths.of(tree.getExpr())).orElse(List.of());
    }

    /** What holds when an expression is true; {@link Condition#ANY} for one that is not CEL. */
    public Condition condition(String expression) {
        CelValidationResult parsed = cel.parse(expression);
        try {
            return parsed.hasError()
                    ? Condition.ANY
                    : Condition.of(parsed.getAst().getExpr());
        } catch (CelValidationException e) {
            throw new IllegalStateException("It was said to have no error", e);
        }
    }

    /** Only what an expression names is translated. */
    private Optional<Object> variable(String name, JsonObject values) {
        if (all.filter(name::equals).isPresent()) {
            Map<String, Object> translated =
                    LinkedHashMap.newLinkedHashMap(values.members().size());
            values.members().forEach((member, value) -> translated.put(member, translated(member, value)));
            return Optional.of(translated);
        }
        return values.member(name).map(value -> translated(name, value));
    }

    private Object translated(String name, JsonValue value) {
        return CelValues.toCel(value, variables.getOrDefault(name, ValueType.ANY));
    }

    /** Whether an expression would not be compiled anew. */
    boolean keeps(String expression) {
        compiled.cleanUp();
        return compiled.getIfPresent(expression) != null;
    }

    private Compiled compile(String expression) {
        if (expression.length() > LONGEST_EXPRESSION) {
            return TOO_LONG;
        }
        Compiled known = compiled.getIfPresent(expression);
        if (known != null) {
            return known;
        }
        Compiled result = compileAnew(expression);
        compiled.put(expression, result);
        return result;
    }

    private Compiled compileAnew(String expression) {
        CelValidationResult result = cel.compile(expression);
        if (result.hasError()) {
            return Compiled.wrong(fault(result.getErrorString()));
        }
        try {
            CelAbstractSyntaxTree tree = result.getAst();
            return new Compiled(
                    Optional.of(cel.createProgram(tree)),
                    Optional.of(tree),
                    Searches.of(tree.getExpr()),
                    Comparisons.of(tree.getExpr()),
                    "");
        } catch (CelValidationException | CelEvaluationException e) {
            return Compiled.wrong(reason(e));
        }
    }

    private static String fault(String errors) {
        Matcher first = POSITION.matcher(errors);
        if (first.find()) {
            return "line " + first.group(1) + ", column " + first.group(2) + ": " + Plain.words(first.group(3));
        }
        return Plain.words(errors.lines().findFirst().orElse("it is not CEL"));
    }

    private static String reason(Exception e) {
        if (e.getCause() instanceof EvaluationBudget.ExceededException exceeded) {
            // A function has met it.
            return reason(exceeded);
        }
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return Plain.words(
                message.lines().findFirst().orElse("").replace("evaluation error at <input>:", "at character "));
    }
}
