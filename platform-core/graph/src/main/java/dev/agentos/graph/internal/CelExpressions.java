package dev.agentos.graph.internal;

import dev.agentos.graph.Expressions;
import dev.agentos.graph.GraphErrorCode;
import dev.agentos.graph.Onward;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ChannelDefinition;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.cel.bundle.Cel;
import dev.cel.bundle.CelBuilder;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.extensions.CelExtensions;
import dev.cel.extensions.CelMathExtensions;
import dev.cel.extensions.CelStringExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelVariableResolver;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * CEL over the channels of one graph. Every channel is a variable of its declared type; {@code state} is the map of all
 * that are set. Beside the standard library there are the string functions that cannot grow their input, and
 * mathematics. What an evaluation may cost is bounded by {@link EvaluationBudget}.
 */
public final class CelExpressions implements Expressions {

    /** The variable that holds all channels that are set. */
    static final String STATE = "state";

    /** Identifiers that CEL keeps for itself, or that would hide a name space of functions. */
    private static final Set<String> RESERVED = Set.of(
            STATE,
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
    private static final int MOST_KEPT = 10_000;
    private static final int LONGEST_EXPRESSION = 4_096;

    private static final CelOptions OPTIONS = CelOptions.current()
            .maxExpressionCodePointSize(LONGEST_EXPRESSION)
            .maxParseRecursionDepth(64)
            .comprehensionMaxIterations(10_000)
            .enableHeterogeneousNumericComparisons(true)
            .enableTimestampEpoch(true)
            .maxRegexProgramSize(2_000)
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
    private final Map<String, ChannelDefinition> channels;
    private final Map<String, Compiled> compiled = new ConcurrentHashMap<>();
    private final Map<String, Boolean> sound = new ConcurrentHashMap<>();

    private record Compiled(Optional<CelRuntime.Program> program, boolean yieldsBoolean, String fault) {}

    /** Expressions over those channels; channels with a name that CEL cannot have are left out. */
    public CelExpressions(Map<String, ChannelDefinition> channels) {
        this.channels = channels;
        CelStringExtensions strings = CelExtensions.strings(STRINGS);
        CelMathExtensions math = CelExtensions.math(OPTIONS);
        CelBuilder builder = CelFactory.standardCelBuilder()
                .setOptions(OPTIONS)
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .addCompilerLibraries(strings, math)
                .addRuntimeLibraries(strings, math)
                .addVar(STATE, MapType.create(SimpleType.STRING, SimpleType.DYN));
        if (!channels.containsKey(Onward.INPUT)) {
            builder.addVar(Onward.INPUT, SimpleType.DYN);
        }
        channels.forEach((name, channel) -> {
            if (validName(name)) {
                builder.addVar(name, type(channel.type()));
            }
        });
        cel = builder.build();
    }

    /** Whether a channel may have that name: a CEL identifier of at most 63 characters that is not reserved. */
    static boolean validName(String name) {
        return NAME.matcher(name).matches() && !RESERVED.contains(name);
    }

    private static CelType type(String channelType) {
        return switch (channelType) {
            case "string" -> SimpleType.STRING;
            case "number" -> SimpleType.DOUBLE;
            case "integer" -> SimpleType.INT;
            case "boolean" -> SimpleType.BOOL;
            case "object" -> MapType.create(SimpleType.STRING, SimpleType.DYN);
            case "array" -> ListType.create(SimpleType.DYN);
            default -> SimpleType.DYN;
        };
    }

    /**
     * Checks many expressions at once, which costs little more than one: what a check needs is set up for each anew.
     * Those that are sound are remembered so, the others are left to be checked one by one.
     */
    void checkAll(Collection<String> expressions) {
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
        CelValidationResult checked = cel.compile(
                batch.stream().map(expression -> "(" + expression + "\n)").collect(Collectors.joining(",", "[", "]")));
        try {
            if (!checked.hasError() && sound.size() < MOST_KEPT) {
                CelAbstractSyntaxTree tree = checked.getAst();
                List<CelExpr> elements = tree.getExpr().list().elements();
                for (int i = 0; i < batch.size() && elements.size() == batch.size(); i++) {
                    CelType type = tree.getType(elements.get(i).id()).orElse(SimpleType.DYN);
                    sound.put(batch.get(i), condition(type));
                }
            }
        } catch (CelValidationException e) {
            throw new IllegalStateException("It was said to have no error", e);
        }
    }

    private static boolean condition(CelType type) {
        return type.equals(SimpleType.BOOL) || type.equals(SimpleType.DYN);
    }

    @Override
    public Optional<String> check(String expression) {
        if (sound.containsKey(expression)) {
            return Optional.empty();
        }
        Compiled result = compile(expression);
        return result.program().isPresent() ? Optional.empty() : Optional.of(result.fault());
    }

    @Override
    public Optional<String> checkCondition(String expression) {
        if (sound.getOrDefault(expression, false)) {
            return Optional.empty();
        }
        Compiled result = compile(expression);
        if (result.program().isEmpty()) {
            return Optional.of(result.fault());
        }
        return result.yieldsBoolean() ? Optional.empty() : Optional.of("A condition must yield a boolean");
    }

    @Override
    public JsonValue evaluate(String expression, JsonObject state) {
        Compiled result = compile(expression);
        if (result.program().isEmpty()) {
            throw failed(expression, result.fault(), null);
        }
        EvaluationBudget budget = new EvaluationBudget();
        try {
            CelVariableResolver variables = name -> variable(name, state);
            Object value = result.program().get().trace(variables, budget);
            return CelValues.toJson(value, budget);
        } catch (CelEvaluationException | EvaluationBudget.ExceededException | IllegalArgumentException e) {
            throw failed(expression, reason(e), e);
        } catch (RuntimeException e) {
            throw failed(expression, "it cannot be evaluated (" + e.getClass().getSimpleName() + ")", e);
        }
    }

    /** Only what an expression names is translated. */
    private Optional<Object> variable(String name, JsonObject state) {
        if (name.equals(STATE)) {
            Map<String, Object> all =
                    LinkedHashMap.newLinkedHashMap(state.members().size());
            state.members().forEach((channel, value) -> all.put(channel, translated(channel, value)));
            return Optional.of(all);
        }
        return state.member(name).map(value -> translated(name, value));
    }

    private Object translated(String name, JsonValue value) {
        ChannelDefinition channel = channels.get(name);
        return CelValues.toCel(value, channel == null ? "any" : channel.type());
    }

    private Compiled compile(String expression) {
        if (expression.length() > LONGEST_EXPRESSION) {
            return new Compiled(
                    Optional.empty(), false, "The expression is longer than " + LONGEST_EXPRESSION + " characters");
        }
        Compiled known = compiled.get(expression);
        if (known != null) {
            return known;
        }
        Compiled result = compileAnew(expression);
        if (compiled.size() < MOST_KEPT) {
            compiled.put(expression, result);
        }
        return result;
    }

    private Compiled compileAnew(String expression) {
        CelValidationResult checked = cel.compile(expression);
        if (checked.hasError()) {
            return new Compiled(Optional.empty(), false, fault(checked.getErrorString()));
        }
        try {
            CelAbstractSyntaxTree tree = checked.getAst();
            CelType type = tree.getResultType();
            return new Compiled(Optional.of(cel.createProgram(tree)), condition(type), "");
        } catch (CelValidationException | CelEvaluationException e) {
            return new Compiled(Optional.empty(), false, reason(e));
        }
    }

    private static String fault(String errors) {
        Matcher first = POSITION.matcher(errors);
        if (first.find()) {
            return "line " + first.group(1) + ", column " + first.group(2) + ": " + first.group(3);
        }
        return errors.lines().findFirst().orElse("it is not CEL");
    }

    private static String reason(Exception e) {
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return message.lines().findFirst().orElse("").replace("evaluation error at <input>:", "at character ");
    }

    private static AgentOsException failed(String expression, String reason, @Nullable Exception cause) {
        String shown = expression.length() > 80 ? expression.substring(0, 80) + "…" : expression;
        return new AgentOsException(
                GraphErrorCode.EXPRESSION_FAILED,
                "The expression '" + shown + "' failed: " + reason + ".",
                "Correct the expression; a channel may be unset, which has(state.name) tells.",
                cause);
    }
}
