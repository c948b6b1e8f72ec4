package dev.agentos.cli.local;

import dev.agentos.cli.client.Answers;
import dev.agentos.cli.client.CliException;
import dev.agentos.cli.client.Connection;
import dev.agentos.cli.client.Installation;
import dev.agentos.cli.client.OperationProgress;
import dev.agentos.cli.client.ServerClient;
import dev.agentos.cli.executions.ExecutionEvents;
import dev.agentos.cli.plugins.Marketplace;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/** The demonstration: what an administrator, an application and a power failure do, over the public API. */
final class Demo {
    private static final String TENANT = "demo";
    private static final String SURVIVOR = "ingest";
    private static final List<String> SCOPES = List.of(
            "executions:read", "executions:write", "agents:read", "packs:read", "packs:write", "marketplace:read");

    private final Installation installation;
    private final DemoReport report;
    private final Path dataDirectory;
    private final int port = ServerProcess.freePort();

    Demo(Installation installation, DemoReport report, Path dataDirectory) {
        this.installation = installation;
        this.report = report;
        this.dataDirectory = dataDirectory;
    }

    void run(Path folder, DocumentFolder documents, String question) {
        report.heading("1. A server");
        var server = start("server.started");
        var administrator = new ServerClient(
                server.address(), Connection.readKey(dataDirectory.resolve("admin.key")), Optional.empty());
        report.heading("2. The marketplace");
        install(administrator);
        report.heading("3. A tenant with its own key");
        var tenant = openTenant(administrator);
        var count = documents.documents().size();
        report.heading("4. A question about " + count + (count == 1 ? " document" : " documents") + " of " + folder);
        documents.notes().forEach(report::say);
        ask(tenant, documents, question);
        report.heading("5. The same question, and the server is killed in the middle");
        var restarted = surviveKill(server, tenant, documents, question);
        report.heading("6. The end");
        restarted.stop();
        report.step("server.stopped", JsonObject.EMPTY, "the server stopped cleanly, its database too");
    }

    private ServerProcess start(String step) {
        var server = ServerProcess.start(
                installation,
                List.of("--http-port=" + port, "--data-dir=" + dataDirectory),
                dataDirectory.resolve("server.log"));
        var millis = server.startTime().toMillis();
        report.step(
                step,
                JsonObject.of("address", server.address().toString(), "millis", millis, "pid", server.pid()),
                "ready at " + server.address() + " after " + millis + " ms, with a PostgreSQL of its own");
        return server;
    }

    private void install(ServerClient administrator) {
        var listings = administrator.list("/marketplace/listings");
        report.fact("marketplace.listed", JsonObject.of("listings", listings));
        for (var listing : listings) {
            report.say(String.format(
                    "%-18s %-8s %s",
                    listing.text("slug").orElse(""),
                    listing.text("latestVersion").orElse(""),
                    listing.text("description").orElse("")));
        }
        var releases = new LinkedHashMap<String, JsonObject>();
        releases.putAll(Marketplace.withDependencies(administrator, Examples.PROVIDER));
        releases.putAll(Marketplace.withDependencies(administrator, Examples.PACK));
        report.say("");
        report.say("What they may do, once you agree:");
        releases.forEach(this::showPermissions);
        var installed = administrator.list("/plugins").stream()
                .map(plugin -> plugin.text("id").orElse(""))
                .toList();
        for (var slug : List.of(Examples.PROVIDER, Examples.PACK)) {
            if (!installed.contains(slug)) {
                var began = System.nanoTime();
                var operation = administrator.post(
                        "/plugins", JsonObject.of("listing", slug, "acceptAll", true, "acceptCritical", true));
                OperationProgress.await(administrator, operation, report.progress(slug));
                var millis = (System.nanoTime() - began) / 1_000_000;
                report.step(
                        "plugin.installed",
                        JsonObject.of("plugin", slug, "millis", millis),
                        slug + " installed in " + millis + " ms; the server never stopped");
            }
        }
    }

    private void showPermissions(String slug, JsonObject release) {
        var permissions = Answers.objects(release.array("permissions").orElse(JsonArray.EMPTY));
        report.say(slug + " " + release.text("version").orElse(""));
        if (permissions.isEmpty()) {
            report.say("    nothing beyond computing");
        }
        permissions.forEach(permission -> report.say("    " + Marketplace.line(permission)));
        report.fact("permissions.shown", JsonObject.of("plugin", slug, "permissions", permissions));
    }

    private ServerClient openTenant(ServerClient administrator) {
        var exists = administrator.list("/tenants").stream()
                .anyMatch(tenant -> tenant.text("name").orElse("").equals(TENANT));
        if (!exists) {
            administrator.post("/tenants", JsonObject.of("name", TENANT));
        }
        var key = administrator
                .withTenant(TENANT)
                .post("/api-keys", JsonObject.of("name", "demonstration", "scopes", SCOPES));
        report.step(
                "tenant.ready",
                JsonObject.of("tenant", TENANT, "keyPrefix", key.text("prefix").orElse("")),
                "tenant '" + TENANT + "' with an API key that can do nothing else: " + String.join(", ", SCOPES));
        var tenant = administrator.withKey(key.text("secret").orElseThrow());
        tenant.put("/tenants/self/packs/" + Examples.PACK, JsonObject.EMPTY);
        var agents = tenant.list("/agents").stream()
                .map(agent -> agent.text("id").orElse(""))
                .toList();
        report.step(
                "pack.enabled",
                JsonObject.of("pack", Examples.PACK, "agents", agents),
                Examples.PACK + " enabled for it; its agents: " + String.join(", ", agents));
        if (!agents.contains(Examples.AGENT)) {
            throw new CliException(CliException.FAILED, "The pack did not bring the agent " + Examples.AGENT + ".");
        }
        return tenant;
    }

    private void ask(ServerClient tenant, DocumentFolder documents, String question) {
        report.say(report.terminal().paint("1", question));
        report.fact(
                "question.asked",
                JsonObject.of(
                        "question", question, "documents", documents.documents().size()));
        var id = begin(tenant, documents, question, JsonObject.EMPTY);
        tenant.follow("/executions/" + id + "/events", "", ExecutionEvents::isTerminal, event -> {
            report.event(event);
            return true;
        });
        showAnswer(finished(tenant, id));
    }

    private ServerProcess surviveKill(
            ServerProcess server, ServerClient tenant, DocumentFolder documents, String question) {
        var id = begin(tenant, documents, question, JsonObject.of("reuseEmbeddings", false));
        var events = "/executions/" + id + "/events";
        var log = new EventLog();
        var last = tenant.follow(events, "", ExecutionEvents::isTerminal, event -> {
            log.add(event);
            report.event(event);
            return !(event.is("task.finished") && event.node().equals(SURVIVOR));
        });
        if (log.count("task.finished", SURVIVOR) != 1) {
            throw new CliException(CliException.FAILED, "The execution ended before its task " + SURVIVOR + " did.");
        }
        server.kill();
        report.step(
                "server.killed",
                JsonObject.of("pid", server.pid(), "lastEvent", last),
                "server process " + server.pid() + " killed (SIGKILL) right after event " + last);
        var restarted = start("server.restarted");
        report.say("following execution " + id + " behind event " + last);
        tenant.follow(events, last, ExecutionEvents::isTerminal, event -> {
            log.add(event);
            report.event(event);
            return true;
        });
        var execution = finished(tenant, id);
        check(log);
        showAnswer(execution);
        return restarted;
    }

    private void check(EventLog log) {
        var faults = log.faults();
        if (!faults.isEmpty() || log.count("task.started", SURVIVOR) != 1) {
            throw new CliException(
                    CliException.FAILED, "The execution did not go on where it was: " + String.join("; ", faults));
        }
        report.step(
                "execution.recovered",
                JsonObject.of("events", log.size(), "finishedTasks", log.finishedTasks(), "repeatedTasks", 0),
                log.size() + " events without a gap, " + log.finishedTasks() + " tasks, each finished exactly once; '"
                        + SURVIVOR + "' was not started again");
    }

    private String begin(ServerClient tenant, DocumentFolder documents, String question, JsonObject config) {
        var input = JsonObject.of("question", question, "documents", documents.documents());
        var execution =
                tenant.post("/executions", JsonObject.of("agent", Examples.AGENT, "input", input, "config", config));
        var id = execution.text("id").orElseThrow();
        report.step("execution.started", JsonObject.of("execution", id), "execution " + id);
        return id;
    }

    private static JsonObject finished(ServerClient tenant, String id) {
        var execution = tenant.get("/executions/" + id);
        if (!ExecutionEvents.succeeded(execution)) {
            throw new CliException(
                    CliException.FAILED,
                    "Execution " + id + " is " + execution.text("state").orElse("unknown") + ": "
                            + execution
                                    .member("failure")
                                    .map(JsonValue::toString)
                                    .orElse("no failure is told"));
        }
        return execution;
    }

    private void showAnswer(JsonObject execution) {
        var output = execution.object("output").orElse(JsonObject.EMPTY);
        var answer = output.text("answer").orElse("");
        var citations = Answers.objects(output.array("citations").orElse(JsonArray.EMPTY));
        var found = output.bool("found").orElse(true);
        if (answer.isBlank() || (found && citations.isEmpty())) {
            throw new CliException(CliException.FAILED, "The agent gave no answer with citations: " + output);
        }
        report.say("");
        answer.lines().forEach(line -> report.say(report.terminal().paint("1", line)));
        report.say("");
        for (var citation : citations) {
            report.say(citationLine(citation));
        }
        report.step(
                "execution.answered",
                JsonObject.of(
                        "answer", answer, "citations", output.array("citations").orElse(JsonArray.EMPTY)),
                found
                        ? "answered, resting on " + citations.size()
                                + (citations.size() == 1 ? " passage" : " passages")
                        : "the documents do not answer this, and the agent says so instead of inventing an answer");
    }

    private static String citationLine(JsonObject citation) {
        return "[" + citation.text("passage").orElse("?") + "] "
                + citation.text("file").orElse("?") + ", score "
                + citation.member("score").map(JsonValue::toString).orElse("?") + ": "
                + citation.text("quote").orElse("").strip().replaceAll("\\s+", " ");
    }
}
