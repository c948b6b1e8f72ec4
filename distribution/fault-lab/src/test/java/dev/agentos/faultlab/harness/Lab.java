package dev.agentos.faultlab.harness;

import dev.agentos.spi.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.awaitility.Awaitility;

/**
 * Two servers on one PostgreSQL, an effect ledger and a model outside of them. One for all tests of a run, because it
 * takes a while to set up; each test gets it with both servers running and every fault lifted.
 */
public final class Lab implements AutoCloseable {

    /** How long a server may give no sign of life. */
    public static final int LEASE_SECONDS = 2;

    /** How many executions a server holds at once. */
    public static final int MOST_EXECUTIONS = 64;

    /** A secret that must appear nowhere. */
    static final String CANARY = "canary-4f1c7b9e2d";

    private static final List<String> SCOPES =
            List.of("executions:read", "executions:write", "agents:read", "graphs:read", "graphs:write");

    private final Path directory;
    private final Postgres postgres;
    private final Ledger ledger;
    private final ModelServer models;
    private final Server a;
    private final Server b;
    private final String administrator;
    private final Api stranger;
    private final long seed = Long.getLong("lab.seed", System.nanoTime());
    private final Map<JsonObject, String> deployed = new ConcurrentHashMap<>();
    private final List<String> acknowledged = Collections.synchronizedList(new ArrayList<>());
    private final List<EventFollower> followers = new ArrayList<>();
    private final List<SqlFault> sqlFaults = new ArrayList<>();
    private final List<Trap> traps = new ArrayList<>();
    private final List<String> evidence = new ArrayList<>();
    private final List<Server> extras = new ArrayList<>();
    private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
    private int repeatsAllowed;
    private final Set<String> untilExit = ConcurrentHashMap.newKeySet();

    private Lab(Path directory) throws IOException {
        this.directory = directory;
        postgres = Postgres.create(directory.resolve("postgres"));
        postgres.start();
        ledger = new Ledger();
        models = new ModelServer();
        a = new Server("a", directory, postgres);
        b = new Server("b", directory, postgres);
        ChildJar.write(directory.resolve("child.jar"));
        a.start();
        administrator = Files.readString(a.data().resolve("admin.key")).strip();
        stranger = furnish();
        // The first to end in order leaves an archive of classes for all the others.
        a.stop();
        shareSecretsKey();
        a.launch();
        b.launch();
        a.awaitReady();
        b.awaitReady();
    }

    /** Servers of one database need the same key for its secrets. */
    private void shareSecretsKey() throws IOException {
        String key = "secrets.key";
        Files.copy(
                a.data().resolve(key),
                Files.createDirectories(b.data()).resolve(key),
                StandardCopyOption.COPY_ATTRIBUTES);
    }

    static Lab open() {
        Path directory = Path.of("target", "lab").toAbsolutePath();
        try {
            FileTree.delete(directory);
            return new Lab(Files.createDirectories(directory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Api furnish() throws IOException {
        Api api = api(a);
        api.install(LabPlugin.write(directory, ledger.port()));
        api.put("/api/v1/tenants/self/packs/" + LabPlugin.ID, JsonObject.EMPTY, "If-Match", "*")
                .expect(200);
        api.install(LabFiles.openAi());
        api.configure("provider-openai", JsonObject.of("baseUrl", models.baseUrl(), "timeout", "PT10S"));
        api.post("/api/v1/tenants", JsonObject.of("name", "stranger")).expect(201);
        String secret = a.api(administrator, Optional.of("stranger"))
                .post("/api/v1/api-keys", JsonObject.of("name", "stranger", "scopes", SCOPES))
                .expect(201)
                .text("secret")
                .orElseThrow();
        return a.api(secret, Optional.empty());
    }

    /** Gives a server that has never run the id of another, as a copy of its disk would. */
    public void giveIdentity(Server from, Server to) throws IOException {
        Files.copy(
                from.data().resolve("node.id"),
                Files.createDirectories(to.data()).resolve("node.id"));
    }

    /** The first server: the one that tests hurt. */
    public Server a() {
        return a;
    }

    /** The second server: the one that takes over. */
    public Server b() {
        return b;
    }

    /** The database. */
    public Postgres postgres() {
        return postgres;
    }

    /** What happened outside. */
    public Ledger ledger() {
        return ledger;
    }

    /** The model. */
    public ModelServer models() {
        return models;
    }

    /** The lab's files. */
    public Path directory() {
        return directory;
    }

    /** What every random choice of this run comes from. */
    public long seed() {
        return seed;
    }

    /** The API of a server as the administrator of the tenant {@code default}. */
    public Api api(Server server) {
        return server.api(administrator, Optional.of("default"));
    }

    /** The API of a server as the administrator of the platform, for no tenant. */
    public Api platform(Server server) {
        return server.api(administrator, Optional.empty());
    }

    /** The API of the first server. */
    public Api a1() {
        return api(a);
    }

    /** The API of the second server. */
    public Api b1() {
        return api(b);
    }

    /** The API as another tenant. */
    public Api stranger(Server server) {
        return new Api(server.address(), stranger.key(), Optional.empty());
    }

    /** A server that is there to be asked. */
    Api anyApi() {
        return a.ready() ? a1() : b1();
    }

    /** Sends a request in the background; ends exceptionally when the connection fails. */
    public CompletableFuture<Api.Answer> later(Supplier<Api.Answer> request) {
        return CompletableFuture.supplyAsync(request, background);
    }

    /** A third server, on a network of its own; ended with the test. */
    public Server extra(String name) {
        return extra(name, postgres);
    }

    /** A server on another database. */
    public Server extra(String name, Postgres other) {
        try {
            Server made = new Server(name, directory, other);
            extras.add(made);
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The API of a server that has a database of its own, with the key that it made there. */
    public Api apiOf(Server server) {
        try {
            return server.api(
                    Files.readString(server.data().resolve("admin.key")).strip(), Optional.of("default"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stores a graph unless that is done, and returns its id. */
    public String deployed(JsonObject graph) {
        return deployed.computeIfAbsent(graph, one -> anyApi().deploy(one));
    }

    /** Starts an execution at a server; from its answer on it must come to an end. */
    public String start(Server server, JsonObject graph, JsonObject input) {
        JsonObject request = JsonObject.of("graph", deployed(graph), "input", input);
        return acknowledged(api(server)
                .post("/api/v1/executions", request)
                .expect(202)
                .text("id")
                .orElseThrow());
    }

    /** Starts an execution of a graph of the zoo, and those before it in its session. */
    public String start(Server server, Specimen specimen) {
        return specimen.requests(deployed(specimen.graph())).stream()
                .map(request -> api(server).post("/api/v1/executions", request).expect(202))
                .map(started -> acknowledged(started.text("id").orElseThrow()))
                .toList()
                .getLast();
    }

    /** The same, unless the server is not there or asks to come again. */
    public Optional<String> startIfTaken(Server server, Specimen specimen, String durability) {
        try {
            String id = "";
            for (JsonObject request : specimen.requests(deployed(specimen.graph()))) {
                Api.Answer answer = api(server).post("/api/v1/executions", request.with("durability", durability));
                if (answer.status() == 503) {
                    return Optional.empty();
                }
                id = acknowledged(answer.expect(202).text("id").orElseThrow());
                if (durability.equals("exit")) {
                    untilExit.add(id);
                }
            }
            return Optional.of(id);
        } catch (UncheckedIOException e) {
            return Optional.empty();
        }
    }

    /** Whether there is all that a graph of the zoo needs. */
    public boolean offers(Specimen specimen) {
        return specimen.requires().isEmpty()
                || anyApi().post("/api/v1/graphs/validate", specimen.graph()).status() == 200;
    }

    /** Waits until an execution has ended, whatever server says so. */
    public JsonObject end(String id) {
        return Awaitility.await("the end of " + id)
                .atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptionsMatching(Api::isPassing)
                .until(
                        () -> anyApi().execution(id),
                        found -> Api.ended(found.text("state").orElseThrow()));
    }

    /** The stored events of an execution, from whatever server is there. */
    public List<JsonObject> events(String id) {
        return anyApi().events(id);
    }

    /** The number by which the database knows an execution. */
    public long number(String id) {
        return postgres.sql().number("SELECT number FROM agentos.executions WHERE id = ?", id);
    }

    /** Notes that an execution was acknowledged. */
    public String acknowledged(String id) {
        acknowledged.add(id);
        return id;
    }

    /** Starts an execution that the first server claims for sure: the second stands still meanwhile. */
    public String startOnA(JsonObject graph, JsonObject input) {
        deployed(graph);
        b.pause();
        return start(a, graph, input);
    }

    /** The same, of a first server that dies before it can answer; the database tells which one it was. */
    public String startUnheardOnA(JsonObject graph, JsonObject input) {
        JsonObject request = JsonObject.of("graph", deployed(graph), "input", input);
        b.pause();
        String newest = "SELECT coalesce(max(number), 0) FROM agentos.executions";
        long before = postgres.sql().number(newest);
        later(() -> a1().post("/api/v1/executions", request));
        Awaitility.await("an admission")
                .atMost(Duration.ofSeconds(30))
                .until(() -> postgres.sql().number(newest) > before);
        return acknowledged(postgres.sql()
                .rows("SELECT id FROM agentos.executions WHERE number > ?", before)
                .getFirst());
    }

    /** Ends the first server and lets the second go on. */
    public void killA() {
        a.kill();
        b.unpause();
    }

    /** Follows an execution wherever a server answers; what it sees is compared with what is stored in the end. */
    public EventFollower follow(String execution) {
        EventFollower follower = new EventFollower(List.of(a1(), b1()), execution);
        followers.add(follower);
        return follower;
    }

    /** A statement on a table waits for the test, inside its transaction. */
    public SqlFault hang(String change, String table, String when) {
        return noted(SqlFault.hang(postgres, change, table, when));
    }

    /** Statements on a table fail, so many times. */
    public SqlFault fail(String change, String table, String when, String sqlState, int times) {
        return noted(SqlFault.fail(postgres, change, table, when, sqlState, times));
    }

    private SqlFault noted(SqlFault fault) {
        sqlFaults.add(fault);
        return fault;
    }

    /** The commit of a transaction with such a statement is not heard of by a server, which waits for it. */
    public Trap holdCommitOf(Server server, String statement) {
        return noted(server.network().holdCommitOf(statement));
    }

    /** The connection is cut instead of the answer to such a commit. */
    public Trap cutCommitOf(Server server, String statement) {
        return noted(server.network().cutCommitOf(statement));
    }

    private Trap noted(Trap trap) {
        traps.add(trap);
        return trap;
    }

    /** A person allowed an effect that cannot be repeated to happen once more. */
    public void allowRepeat() {
        repeatsAllowed++;
    }

    /** Expects nothing any more of an execution that the test has spoiled. */
    public void disown(String id) {
        acknowledged.remove(id);
    }

    /** Waits until a server that may be halted at once has ended, or an execution has. */
    public void awaitLife(Server server, String id) {
        Awaitility.await("a short life")
                .atMost(Duration.ofSeconds(60))
                .until(() -> !server.running()
                        || postgres.sql()
                                        .number(
                                                "SELECT count(*) FROM agentos.executions WHERE id = ?"
                                                        + " AND finished_at IS NOT NULL",
                                                id)
                                > 0);
    }

    /** Disarms what was armed in a server although it may not have been hit. */
    public void forget(Server server) {
        server.disarm();
    }

    /** Whether an execution keeps its checkpoints back until it ends, so that after a crash its tasks finish again. */
    boolean mayFinishAgain(String id) {
        return untilExit.contains(id);
    }

    /** Adds to what the test's line shows. */
    public void evidence(String what) {
        evidence.add(what);
    }

    List<String> evidence() {
        return List.copyOf(evidence);
    }

    List<EventFollower> followers() {
        return List.copyOf(followers);
    }

    int repeatsAllowed() {
        return repeatsAllowed;
    }

    /** Puts everything in order for the next test. */
    void prepare() {
        acknowledged.clear();
        followers.clear();
        evidence.clear();
        repeatsAllowed = 0;
        untilExit.clear();
        if (!postgres.running()) {
            postgres.start();
        }
        for (Server server : List.of(a, b)) {
            if (!server.running()) {
                server.launch();
            }
        }
        a.awaitReady();
        b.awaitReady();
    }

    /** Looks whether what was to be hit was hit, and whether all invariants hold. */
    void settle() {
        b.unpause();
        a.unpause();
        for (Server server : List.of(a, b)) {
            // Comes up while the oracles look at the other one.
            if (!server.running()) {
                server.launch();
            }
        }
        List<Failpoint> missed = new ArrayList<>(a.disarm());
        missed.addAll(b.disarm());
        if (!missed.isEmpty()) {
            throw new AssertionError("Never hit: " + missed);
        }
        traps.stream().filter(trap -> !trap.sprung()).findFirst().ifPresent(trap -> {
            throw new AssertionError("Never sprung: " + trap);
        });
        lift();
        Oracles.check(this, List.copyOf(acknowledged));
    }

    /** Ends what a test left behind, however it went. */
    void tidy() {
        b.unpause();
        a.unpause();
        a.disarm();
        b.disarm();
        lift();
        followers.forEach(EventFollower::close);
        extras.forEach(Server::close);
        extras.clear();
    }

    private void lift() {
        if (postgres.running()) {
            postgres.sql().run("GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO PUBLIC");
        }
        a.network().pass();
        b.network().pass();
        a.settings();
        b.settings();
        ledger.reset();
        if (postgres.running()) {
            sqlFaults.forEach(SqlFault::close);
        }
        sqlFaults.clear();
        traps.clear();
    }

    @Override
    public void close() throws IOException {
        background.shutdownNow();
        a.close();
        b.close();
        postgres.close();
        ledger.close();
        models.close();
    }
}
