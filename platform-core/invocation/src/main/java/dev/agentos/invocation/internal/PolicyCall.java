package dev.agentos.invocation.internal;

import dev.agentos.invocation.CallScope;
import dev.agentos.kernel.Digests;
import dev.agentos.pluginruntime.ExtensionListing;
import dev.agentos.pluginruntime.PluginVersion;
import dev.agentos.policy.Approval;
import dev.agentos.policy.PolicyPoint;
import dev.agentos.policy.PolicyQuestion;
import dev.agentos.policy.facts.ModelFacts;
import dev.agentos.spi.ChatRequest;
import dev.agentos.spi.Content;
import dev.agentos.spi.DeclaredFacts;
import dev.agentos.spi.EmbeddingRequest;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonString;
import dev.agentos.spi.JsonValue;
import dev.agentos.spi.Message;
import dev.agentos.spi.ToolDescription;
import dev.agentos.tenancy.TenantId;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A call that is about to be made.
 *
 * @param scope on whose behalf
 * @param caller the id of the plugin that makes it; empty when a node does
 * @param point where it is asked
 * @param kind {@code tool} or {@code model}
 * @param name of the tool or model
 * @param plugin the version that is called; empty before that is chosen
 * @param declared what the plugin declares of the model
 * @param arguments whole, as people would be shown them, with what is to be replaced in texts; asked for only when they
 *     are
 * @param values of the point's own variables
 */
public record PolicyCall(
        CallScope scope,
        Optional<String> caller,
        PolicyPoint point,
        String kind,
        String name,
        Optional<PluginVersion> plugin,
        DeclaredFacts declared,
        Function<UnaryOperator<String>, JsonObject> arguments,
        Supplier<Map<String, Object>> values) {

    private static final int LONGEST_SHOWN = 4_000;

    /** Of a tool. */
    public static PolicyCall ofTool(
            CallScope scope,
            Optional<String> caller,
            PluginVersion plugin,
            ToolDescription tool,
            JsonObject arguments) {
        return new PolicyCall(
                scope,
                caller,
                PolicyPoint.TOOL,
                PolicyPoint.TOOL.word(),
                tool.name(),
                Optional.of(plugin),
                DeclaredFacts.NONE,
                same -> arguments,
                () -> Map.of(
                        "tool",
                        JsonObject.of(
                                "name", tool.name(), "effect", tool.effect().name(), "arguments", arguments),
                        "caller",
                        caller.orElse("")));
    }

    /** Of a chat model. */
    public static PolicyCall ofChat(
            CallScope scope, Optional<String> caller, Optional<ExtensionListing> provider, ChatRequest request) {
        return ofModel(
                scope,
                caller,
                provider,
                request.model(),
                request::toString,
                () -> request.messages().stream().map(PolicyCall::text).collect(Collectors.joining("\n")),
                JsonObject.of(
                        "kind", "chat",
                        "messages", request.messages().size(),
                        "tools",
                                request.tools().stream()
                                        .map(ToolDescription::name)
                                        .toList(),
                        "maxOutputTokens", request.options().maxOutputTokens().orElse(0)));
    }

    /** Of an embedding model. */
    public static PolicyCall ofEmbedding(
            CallScope scope, Optional<String> caller, Optional<ExtensionListing> provider, EmbeddingRequest request) {
        return ofModel(
                scope,
                caller,
                provider,
                request.model(),
                request::toString,
                () -> String.join("\n", request.texts()),
                JsonObject.of(
                        "kind",
                        "embedding",
                        "messages",
                        request.texts().size(),
                        "tools",
                        List.of(),
                        "maxOutputTokens",
                        0));
    }

    private static PolicyCall ofModel(
            CallScope scope,
            Optional<String> caller,
            Optional<ExtensionListing> provider,
            String model,
            Supplier<String> whole,
            Supplier<String> text,
            JsonObject request) {
        DeclaredFacts declared = provider.map(
                        one -> one.description().facts(ModelName.of(model).model()))
                .orElse(DeclaredFacts.NONE);
        return new PolicyCall(
                scope,
                caller,
                PolicyPoint.MODEL,
                PolicyPoint.MODEL.word(),
                model,
                provider.map(ExtensionListing::plugin),
                declared,
                replacing -> shown(replacing.apply(text.get()))
                        .with("model", new JsonString(model))
                        .with(
                                "digest",
                                new JsonString(Digests.sha256(whole.get().getBytes(StandardCharsets.UTF_8)))),
                () -> {
                    String said = text.get();
                    return Map.of(
                            "model",
                            described(model, declared),
                            "request",
                            request.with("text", new JsonString(said)).with("characters", said.length()));
                });
    }

    private static JsonObject described(String model, DeclaredFacts declared) {
        JsonObject named =
                JsonObject.of("name", model, "provider", ModelName.of(model).provider());
        return declared.equals(DeclaredFacts.NONE)
                ? named
                : named.with(
                        ModelFacts.DECLARED,
                        JsonObject.of(
                                "region", declared.region(),
                                "country", declared.country(),
                                "retention", declared.retention()));
    }

    /** What is asked before it is decided which model is called. */
    public PolicyCall route() {
        return new PolicyCall(
                scope, caller, PolicyPoint.ROUTE, kind, name, Optional.empty(), declared, arguments, () -> {
                    Map<String, Object> all = new HashMap<>(values.get());
                    all.put("caller", caller.orElse(""));
                    return all;
                });
    }

    /** What is asked about what it gives, before anybody knows that. */
    public PolicyCall output() {
        return answered("", JsonObject.EMPTY, false);
    }

    /**
     * The same when it has given that.
     *
     * @param given whole, to be checked: a tool's {@code value}, or a model's {@code text} and what it has
     *     {@code asked} of tools
     */
    public PolicyCall answered(String text, JsonObject given, boolean failed) {
        return new PolicyCall(scope, caller, PolicyPoint.OUTPUT, kind, name, plugin, declared, same -> given, () -> {
            boolean tool = kind.equals(PolicyPoint.TOOL.word());
            return Map.of(
                    "output",
                    JsonObject.of("kind", kind, "text", text, "characters", text.length(), "failed", failed),
                    "model",
                    tool ? JsonObject.of("name", "", "provider", "") : described(name, declared),
                    "tool",
                    JsonObject.of("name", tool ? name : "", "effect", tool ? effect() : ""));
        });
    }

    private String effect() {
        return values.get().get("tool") instanceof JsonObject tool
                ? tool.text("effect").orElse("")
                : "";
    }

    /** As the rules are asked. */
    public PolicyQuestion question() {
        CallScope.Subject subject = scope.subject();
        Map<String, String> names = new HashMap<>();
        names.put(kind, name);
        plugin.ifPresent(one -> names.put("plugin", one.plugin()));
        names.put("agent", subject.agent().orElse(""));
        return new PolicyQuestion(point, Optional.of(tenant()), names, () -> {
            Map<String, Object> all = new HashMap<>(values.get());
            plugin.ifPresent(one -> all.put("plugin", JsonObject.of("id", one.plugin(), "version", one.version())));
            all.put("principal", subject.principal().orElse(""));
            all.put("execution", subject.execution().orElse(""));
            return (JsonObject) JsonValue.of(all);
        });
    }

    /** On whose behalf. */
    public TenantId tenant() {
        return new TenantId(scope.tenant());
    }

    /** What people would be asked, with what is to be replaced in texts. */
    public Approval.Asked asked(String execution, UnaryOperator<String> replacing) {
        return new Approval.Asked(
                execution,
                scope.idempotencyKey(),
                point.word(),
                name,
                arguments.apply(replacing),
                scope.subject().principal());
    }

    /** What it is, in short, as in {@code tool mail.send}. */
    public String about() {
        return point.word() + " " + name;
    }

    /** What it is in a sentence. */
    public String named() {
        String what = "the " + kind + " '" + name + "'";
        return switch (point) {
            case OUTPUT -> "what " + what + " gave";
            case ROUTE -> "a way for " + what;
            default -> what;
        };
    }

    private static String text(Message message) {
        return switch (message) {
            case Message.System system -> system.text();
            case Message.User user ->
                user.content().stream()
                        .map(content -> switch (content) {
                            case Content.Text text -> text.text();
                            case Content.Passage passage -> passage.source() + "\n" + passage.text();
                        })
                        .collect(Collectors.joining("\n"));
            case Message.Assistant assistant ->
                assistant.toolCalls().stream()
                        .map(asked -> "\n" + asked.arguments())
                        .collect(Collectors.joining("", assistant.text(), ""));
            case Message.ToolAnswer answer -> answer.result().output().toString();
        };
    }

    /** What people see of a text, and how long it is when that is not all of it. */
    private static JsonObject shown(String text) {
        if (text.length() <= LONGEST_SHOWN) {
            return JsonObject.of("text", text);
        }
        boolean half = Character.isHighSurrogate(text.charAt(LONGEST_SHOWN - 1));
        String beginning = text.substring(0, half ? LONGEST_SHOWN - 1 : LONGEST_SHOWN);
        return JsonObject.of("text", beginning, "cut", true, "characters", text.length());
    }
}
