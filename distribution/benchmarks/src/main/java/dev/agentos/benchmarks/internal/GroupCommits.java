package dev.agentos.benchmarks.internal;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * The limits {@code groupdelta} and {@code asyncdelta}: what durable steps cost when all share their commits. A run is
 * one row of 2,048 bytes and nine of 100 bytes. A client is no thread but a place in the queue of its committer, and
 * its next row stands there the moment that the one before is durable. A committer is a thread with a connection; it
 * takes everything that is queued, inserts it in one multi-row transaction and begins again.
 *
 * <p>With {@code groupdelta} a client waits for each row, so that a commit holds one row of each client. With
 * {@code asyncdelta} it waits once a run, so that a commit holds the ten rows of each. Before it is measured, every way
 * to write the rows ({@link RowWriter.Way}) is tried with one, two and four committers; the best is taken.
 */
public final class GroupCommits implements Contest.Contender {

    private static final int[] COMMITTERS = {1, 2, 4};
    private static final int ROUNDS = 2;

    private final Rows rows;
    private final int clients;
    private final int rowsAtOnce;
    private final Usage.Meter meter;
    private final AtomicLong runs = new AtomicLong();
    private Setting setting = new Setting(RowWriter.Way.UNNEST, 1);

    /** One way to do it. */
    private record Setting(RowWriter.Way way, int committers) {}

    private GroupCommits(Rows rows, int clients, int rowsAtOnce, Usage.Meter meter) {
        this.rows = rows;
        this.clients = clients;
        this.rowsAtOnce = rowsAtOnce;
        this.meter = meter;
    }

    /** The limit {@code groupdelta}, to be {@link #calibrated}. */
    public static GroupCommits eachRow(Rows rows, int clients, Usage.Meter meter) {
        return new GroupCommits(rows, clients, 1, meter);
    }

    /** The limit {@code asyncdelta}, to be {@link #calibrated}. */
    public static GroupCommits eachRun(Rows rows, int clients, Usage.Meter meter) {
        return new GroupCommits(rows, clients, Rows.OF_A_RUN, meter);
    }

    /** Tries each way twice for that long and keeps the best. */
    public GroupCommits calibrated(Duration each) {
        var settings = new ArrayList<Setting>();
        for (var committers : COMMITTERS) {
            if (committers <= clients) {
                Arrays.stream(RowWriter.Way.values()).forEach(way -> settings.add(new Setting(way, committers)));
            }
        }
        var speeds = new double[settings.size()];
        for (var round = 0; round < ROUNDS; round++) {
            for (var i = 0; i < speeds.length; i++) {
                setting = settings.get(i);
                speeds[i] += measure(each, each).perSecond();
            }
        }
        setting = settings.get(IntStream.range(0, speeds.length)
                .reduce((best, next) -> speeds[next] > speeds[best] ? next : best)
                .orElseThrow());
        return this;
    }

    /** What was found to be the best, as in {@code COPY by 2}. */
    public String way() {
        return setting.way + " by " + setting.committers;
    }

    @Override
    public Window measure(Duration ramp, Duration length) {
        var committers = new ArrayList<Committer>();
        try {
            for (var i = 0; i < setting.committers; i++) {
                var share = clients / setting.committers + (i < clients % setting.committers ? 1 : 0);
                committers.add(new Committer(RowWriter.open(setting.way, rows.connect()), share));
            }
            return Load.measure(
                    committers.size(),
                    Thread.ofPlatform().name("committer-", 0).factory(),
                    committer -> committers.get(committer).commit(),
                    ramp,
                    length,
                    meter);
        } catch (SQLException failure) {
            throw new IllegalStateException("The limit could not be measured", failure);
        } finally {
            committers.forEach(Committer::close);
            rows.clear();
        }
    }

    /** A client between two commits. */
    private static final class Client {
        private long run;
        private int number;
    }

    private final class Committer {
        private final RowWriter writer;
        private final List<Client> waiting = new ArrayList<>();

        Committer(RowWriter writer, int clients) {
            this.writer = writer;
            for (var i = 0; i < clients; i++) {
                var client = new Client();
                client.run = runs.incrementAndGet();
                // In the steady state the clients are spread over their runs; without this they would move in step.
                client.number = rowsAtOnce == 1 ? i % Rows.OF_A_RUN : 0;
                waiting.add(client);
            }
        }

        /** Makes one row, or one run, of each client durable; returns how many runs ended. */
        long commit() throws SQLException {
            var queued = new ArrayList<Rows.Row>(waiting.size() * rowsAtOnce);
            var ended = 0L;
            for (var client : waiting) {
                for (var i = 0; i < rowsAtOnce; i++) {
                    queued.add(rows.row(client.run, client.number));
                    client.number++;
                }
                if (client.number == Rows.OF_A_RUN) {
                    client.number = 0;
                    client.run = runs.incrementAndGet();
                    ended++;
                }
            }
            writer.write(queued);
            return ended;
        }

        void close() {
            try {
                writer.close();
            } catch (SQLException failure) {
                throw new IllegalStateException("The connection could not be closed", failure);
            }
        }
    }
}
