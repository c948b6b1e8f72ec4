package dev.agentos.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Json;
import dev.agentos.spi.GraphDefinition;
import dev.agentos.spi.JsonBoolean;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.NodeDefinition;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GraphCompilerTest {

    private static List<Fault> faults(String json, NodeHandlers handlers) {
        GraphDefinition graph = GraphCodec.read(Json.parseObject(json.replace('\'', '"')));
        return catchThrowableOfType(InvalidInputException.class, () -> GraphCompiler.compile(graph, handlers))
                .faults();
    }

    private static String graph(String nodes, String edges) {
        return "{'metadata':{'name':'g'},'channels':{'n':{'type':'number','reducer':'last'},"
                + "'done':{'type':'boolean','reducer':'last'}},'nodes':[" + nodes + "],'edges':[" + edges + "]}";
    }

    private static String node(String id) {
        return "{'id':'" + id + "','type':'transform','config':{'set':{}}}";
    }

    @Test
    void compilesASoundGraph() {
        CompiledGraph graph = GraphCompiler.compile(
                GraphDefinition.named("loop")
                        .channel("n", "integer", "last", Json.parse("0"))
                        .node("more", "transform", JsonObject.of("set", JsonObject.of("n", "n + 1")))
                        .edge("START", "more")
                        .edge("more", "more", "n < 5")
                        .edge("more", "END", "n >= 5")
                        .build(),
                NodeHandlers.NONE);
        assertThat(graph.node("more")).isPresent();
        assertThat(GraphMermaid.draw(graph.definition()))
                .contains("-.->|\"n #60; 5\"|")
                .contains("START --> n2");
    }

    @Test
    void reportsAllFaultsAtOnce() {
        String json = """
            {'metadata':{'name':'Bad Name'},
             'channels':{'state':{'type':'string','reducer':'last'},'m':{'type':'text','reducer':'last'},
                         'k':{'type':'string','reducer':'sum'},'d':{'type':'integer','reducer':'last','default':1.5},
                         'r':{'type':'any','reducer':'newest'}},
             'nodes':[{'id':'a','type':'trnsform'},{'id':'a','type':'transform','config':{'set':{'q':'d +'}}},
                      {'id':'END','type':'transform','config':{'set':{}}},
                      {'id':'c','type':'condition','data':{'config':{'cases':[{'when':'d','goto':'aa'}]}}},
                      {'id':'h','type':'human','config':{'prompt':'?','output':'kk','x':1},'timeout':'PT0S'}],
             'edges':[{'source':'a','target':'b'},{'source':'END','target':'START','condition':'d > 1'}],
             'entry':'zz','limits':{'maxSupersteps':0,'timeout':'-PT1S'}}\
            """;
        assertThat(faults(json, NodeHandlers.NONE))
                .extracting(Fault::pointer)
                .containsExactlyInAnyOrder(
                        "/metadata/name",
                        "/channels/state",
                        "/channels/m/type",
                        "/channels/k/reducer",
                        "/channels/d/default",
                        "/channels/r/reducer",
                        "/nodes/0/type",
                        "/nodes/1/id",
                        "/nodes/1/config/set/q",
                        "/nodes/1/config/set/q",
                        "/nodes/2/id",
                        "/nodes/3/data/config/cases/0/when",
                        "/nodes/3/data/config/cases/0/goto",
                        "/nodes/4/timeout",
                        "/nodes/4/config/output",
                        "/nodes/4/config/x",
                        "/edges/0/target",
                        "/edges/1/source",
                        "/edges/1/target",
                        "/entry",
                        "/limits/maxSupersteps",
                        "/limits/timeout");
        assertThat(faults(json, NodeHandlers.NONE))
                .filteredOn(fault -> fault.pointer().equals("/nodes/0/type"))
                .extracting(Fault::message)
                .containsExactly("Node 'a' is of the type 'trnsform', which no one offers; did you mean 'transform'?");
    }

    @Test
    void findsNodesThatAreNeverReachedAndCyclesThatNeverEnd() {
        String lost = graph(node("a") + "," + node("b"), "{'source':'START','target':'a'}");
        assertThat(faults(lost, NodeHandlers.NONE)).extracting(Fault::pointer).containsExactly("/nodes/1");

        String endless = graph(
                node("a") + "," + node("b"),
                "{'source':'START','target':'a'},{'source':'a','target':'b'},{'source':'b','target':'a'}");
        assertThat(faults(endless, NodeHandlers.NONE))
                .extracting(Fault::pointer)
                .containsExactly("/nodes/0", "/nodes/1");

        String noEntry = graph(node("a"), "");
        assertThat(faults(noEntry, NodeHandlers.NONE))
                .extracting(Fault::pointer)
                .containsExactly("/entry");
    }

    @Test
    void refusesConditionsThatAreNotBooleanAndSaysWhere() {
        String json = graph(
                node("a"),
                "{'source':'START','target':'a'},{'source':'a','target':'END','condition':'n + 1.0'},"
                        + "{'source':'a','target':'END','condition':'n > missing'}");
        List<Fault> faults = faults(json, NodeHandlers.NONE);
        assertThat(faults).extracting(Fault::pointer).containsExactly("/edges/1/condition", "/edges/2/condition");
        assertThat(faults.get(1).message()).contains("line 1, column 5").contains("missing");
    }

    @Test
    void findsThatWhatIsDispatchedWouldConflictWithItself() {
        String fan = "{'id':'fan','type':'dispatch','config':{'items':'[1, 2]','node':'work'}},";
        String inner = "{'channels':{'m':{'type':'number','reducer':'last'}},"
                + "'nodes':[{'id':'i','type':'transform','config':{'set':{'m':'1.0'}}}],"
                + "'edges':[{'source':'START','target':'i'}]}";
        for (String work : List.of(
                "{'id':'work','type':'transform','config':{'set':{'n':'input'}}}",
                "{'id':'work','type':'human','config':{'prompt':'?','output':'n'}}",
                "{'id':'work','type':'subgraph','config':{'graph':" + inner + ",'output':{'n':'m'}}}")) {
            assertThat(faults(graph(fan + work, "{'source':'START','target':'fan'}"), NodeHandlers.NONE))
                    .as(work)
                    .singleElement()
                    .satisfies(fault -> assertThat(fault.pointer()).isEqualTo("/nodes/1"))
                    .satisfies(fault -> assertThat(fault.message()).contains("'work' is dispatched", "'n'"));
        }
    }

    @Test
    void findsChannelsThatAreNotThereWhoeverWritesToThem() {
        FakeHandler writer = new FakeHandler(call -> JsonObject.EMPTY) {
            @Override
            public Set<String> writes(NodeDefinition node) {
                return Set.of(node.config().text("output").orElseThrow());
            }
        };
        NodeHandlers handlers = type -> type.equals("llm") ? Optional.of(writer) : Optional.empty();
        String json = graph(
                "{'id':'a','type':'llm','config':{'output':'dnoe'}},{'id':'b','type':'llm','data':{'config':{'output':'done'}}}",
                "{'source':'START','target':'a'},{'source':'START','target':'b'}");
        assertThat(faults(json, handlers))
                .singleElement()
                .satisfies(fault -> assertThat(fault.pointer()).isEqualTo("/nodes/0/config/output"))
                .satisfies(fault -> assertThat(fault.message()).contains("'dnoe'", "did you mean 'done'"));
        // What such nodes write conflicts as what the runtime's own do.
        assertThat(faults(json.replace("dnoe", "done"), handlers))
                .extracting(Fault::pointer)
                .containsExactly("/nodes/1");
    }

    @Test
    void checksDispatchJoinsGotosAndPolicies() {
        FakeHandler effect = new FakeHandler(call -> JsonObject.EMPTY).with(dev.agentos.spi.Effect.NON_IDEMPOTENT);
        NodeHandlers handlers = type -> type.equals("send") ? Optional.of(effect) : Optional.empty();
        String json = graph(
                "{'id':'fan','type':'dispatch','config':{'items':'[1','node':'wrk','as':'m'}},"
                        + "{'id':'fan2','type':'dispatch','config':{'items':'[1]','node':'work'}},"
                        + "{'id':'work','type':'transform','config':{'set':{}},'join':'all'},"
                        + "{'id':'send','type':'send','config':{},'cache':{'key':'1 +','ttl':'PT0S'},"
                        + "'retry':{'maxAttempts':2,'errors':['oops']}},"
                        + "{'id':'g','type':'gate','config':{'condition':'n','otherwise':'x'}},"
                        + "{'id':'w','type':'wait','config':{'for':'PT1H','until':'n','output':'m'}}",
                "{'source':'START','target':'fan'},{'source':'fan','target':'END','goto':true,'condition':'done'}");
        assertThat(faults(json, handlers))
                .extracting(Fault::pointer)
                .containsExactlyInAnyOrder(
                        "/nodes/0/config/items",
                        "/nodes/0/config/node",
                        "/nodes/0/config/as",
                        "/nodes/2/join",
                        "/nodes/3/cache/ttl",
                        "/nodes/3/cache/key",
                        "/nodes/3/cache",
                        "/nodes/3/retry/errors/0",
                        "/nodes/4/config/condition",
                        "/nodes/4/config/otherwise",
                        "/nodes/5/config/until",
                        "/nodes/5/config/event",
                        "/nodes/5/config/output",
                        "/edges/0/goto".replace("/0/", "/1/"));
    }

    @Test
    void drawsWhatNodesAndEdgesSay() {
        String drawn = GraphMermaid.draw(GraphDefinition.named("drawn")
                .node("fan", "dispatch", JsonObject.of("items", "[1]", "node", "work"))
                .node("work", "transform", JsonObject.of("set", JsonObject.EMPTY))
                .node(dev.agentos.spi.NodeDefinition.of(
                        "end", "transform", JsonObject.of("set", JsonObject.EMPTY), dev.agentos.spi.NodeRules.JOIN_ALL))
                .edge("START", "fan")
                .gotoEdge("work", "end")
                .build());
        assertThat(drawn)
                .contains("n2 -.->|\"for each\"| n3")
                .contains("n3 -.->|\"goto\"| n4")
                .contains("(transform, joins all)");
    }

    @Test
    void asksTheNodeTypeAboutItsSettings() {
        FakeHandler handler =
                new FakeHandler(call -> JsonObject.EMPTY).refusing(new Fault("/config/model", "x:Y", "No such model."));
        NodeHandlers handlers = type -> type.equals("llm") ? Optional.of(handler) : Optional.empty();
        String json = graph("{'id':'a','type':'llm','data':{'config':{}}}", "{'source':'START','target':'a'}");
        assertThat(faults(json, handlers))
                .containsExactly(new Fault("/nodes/0/data/config/model", "x:Y", "Node 'a': No such model."));
    }

    private static String transform(String channels, String set) {
        return "{'metadata':{'name':'g'},'channels':{" + channels + "},'nodes':[{'id':'a','type':'transform',"
                + "'config':{'set':{" + set + "}}}],'edges':[{'source':'START','target':'a'}]}";
    }

    @Test
    void findsWhatAChannelNeverTakes() {
        String channels = "'total':{'type':'integer','reducer':'sum'},'chat':{'type':'array','reducer':'messages'},"
                + "'facts':{'type':'any','reducer':'merge'},'name':{'type':'string','reducer':'last'},"
                + "'log':{'type':'array','reducer':'append'},'any':{'type':'any','reducer':'last'}";
        assertThat(faults(
                        transform(
                                channels,
                                "'total':'name + name','chat':'[name]','facts':'total','name':'[1, 2]','log':'1',"
                                        + "'any':'null'"),
                        NodeHandlers.NONE))
                .extracting(Fault::pointer, Fault::message)
                .containsExactly(
                        tuple(
                                "/nodes/0/config/set/total",
                                "Node 'a': The expression yields a string, which channel 'total' never takes: its type"
                                        + " is integer."),
                        tuple(
                                "/nodes/0/config/set/chat",
                                "Node 'a': The expression yields an array of strings, which channel 'chat' never"
                                        + " takes: a message is an object, as {\"role\": \"user\", \"content\": \"…\"},"
                                        + " whose role is system, user, assistant or tool, or {\"id\": …, \"remove\":"
                                        + " true}."),
                        tuple(
                                "/nodes/0/config/set/facts",
                                "Node 'a': The expression yields an integer, which channel 'facts' never takes: its"
                                        + " reducer 'merge' takes objects."),
                        tuple(
                                "/nodes/0/config/set/name",
                                "Node 'a': The expression yields an array of integers, which channel 'name' never"
                                        + " takes: its type is string."));
        // What only an evaluation tells is left to it.
        GraphCompiler.compile(
                GraphCodec.read(Json.parseObject(transform(
                                channels,
                                "'total':'double(total) * 1.5','chat':'[any]','facts':'any','name':'any',"
                                        + "'any':'[1]'")
                        .replace('\'', '"'))),
                NodeHandlers.NONE);
    }

    @Test
    void proposesOnlyNamesThatAreAlike() {
        String near = graph(node("prepare") + "," + node("ab"), "{'source':'START','target':'%s'}");
        assertThat(faults(near.formatted("preapre"), NodeHandlers.NONE)
                        .getFirst()
                        .message())
                .isEqualTo("There is no node 'preapre'; did you mean 'prepare'?");
        assertThat(faults(near.formatted("xy"), NodeHandlers.NONE).getFirst().message())
                .isEqualTo("There is no node 'xy'.");
    }

    /** A person who answers cannot mend it. */
    @Test
    void refusesSchemasOfAnswersThatAreNone() {
        String human = graph(
                "{'id':'ask','type':'human','data':{'config':{'prompt':'?','output':'n','schema':{'type':'numbr'}}}}",
                "{'source':'START','target':'ask'}");
        assertThat(faults(human, NodeHandlers.NONE)).singleElement().satisfies(fault -> {
            assertThat(fault.pointer()).isEqualTo("/nodes/0/data/config/schema/type");
            assertThat(fault.message()).startsWith("Node 'ask': ");
        });
        String wait = graph(
                "{'id':'paid','type':'wait','config':{'event':'paid','output':'n','schema':{'pattern':'('}}}",
                "{'source':'START','target':'paid'}");
        assertThat(faults(wait, NodeHandlers.NONE))
                .extracting(Fault::pointer)
                .containsExactly("/nodes/0/config/schema/pattern");
    }

    @Test
    void refusesADispatchOfItself() {
        String json = "{'metadata':{'name':'g'},'channels':{'list':{'type':'array','reducer':'last'}},'nodes':["
                + "{'id':'fan','type':'dispatch','data':{'config':{'items':'list','node':'fan'}}}],"
                + "'edges':[{'source':'START','target':'fan'}]}";
        assertThat(faults(json, NodeHandlers.NONE)).singleElement().satisfies(fault -> {
            assertThat(fault.pointer()).isEqualTo("/nodes/0/data/config/node");
            assertThat(fault.message()).startsWith("Node 'fan' dispatches itself");
        });
    }

    /** A type of a plugin whose settings have that schema. */
    private static NodeHandlers described(JsonObject schema) {
        return type -> Optional.of(new FakeHandler(call -> JsonObject.EMPTY) {
            @Override
            public JsonObject settings() {
                return schema;
            }
        });
    }

    @Test
    void tellsOfSettingsThatThereAreNot() {
        JsonObject open = Json.parseObject("{\"properties\":{\"prompt\":{\"type\":\"string\"},\"limit\":{}}}");
        String json = graph(
                "{'id':'a','type':'acme.score','data':{'config':{'promt':'x','limit':1,'colour':1}}}",
                "{'source':'START','target':'a'}");
        List<Fault> warnings = GraphCompiler.compile(
                        GraphCodec.read(Json.parseObject(json.replace('\'', '"'))), described(open))
                .warnings();
        assertThat(warnings)
                .filteredOn(one -> one.code().endsWith("UNKNOWN_FIELD"))
                .extracting(Fault::pointer, Fault::message)
                .containsExactly(
                        tuple(
                                "/nodes/0/data/config/promt",
                                "Node 'a': There is no setting 'promt' of the type 'acme.score'; did you mean"
                                        + " 'prompt'?"),
                        tuple(
                                "/nodes/0/data/config/colour",
                                "Node 'a': There is no setting 'colour' of the type 'acme.score'."));
        JsonObject closed = open.with("additionalProperties", JsonBoolean.FALSE);
        assertThat(faults(json, described(closed)))
                .extracting(Fault::pointer)
                .containsExactly("/nodes/0/data/config/promt", "/nodes/0/data/config/colour");
        assertThat(GraphCompiler.compile(
                                GraphCodec.read(Json.parseObject(json.replace('\'', '"'))),
                                described(open.with("additionalProperties", JsonBoolean.TRUE)))
                        .warnings())
                .noneMatch(one -> one.code().endsWith("UNKNOWN_FIELD"));
    }
}
