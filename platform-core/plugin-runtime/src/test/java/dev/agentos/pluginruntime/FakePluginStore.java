package dev.agentos.pluginruntime;

import dev.agentos.spi.AgentOsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;

/** Plugins in memory; a store outlives the service that uses it, as a database does. */
public final class FakePluginStore implements PluginStore, Publishers.Store {

    private final Map<String, InstalledPlugin> rows = new ConcurrentSkipListMap<>();
    private final Map<String, Publishers.Binding> bindings = new ConcurrentSkipListMap<>();
    private final Map<String, Publishers.Revocation> revocations = new ConcurrentSkipListMap<>();
    /** The files of the rows, by digest. */
    public final Map<String, byte[]> files = new ConcurrentSkipListMap<>();

    private final Set<String> ran = new ConcurrentSkipListSet<>();
    private final Map<String, Waiting> waiting = new ConcurrentSkipListMap<>();
    private long generation;

    /** Called before each commit; throws to make it fail. */
    public volatile Runnable beforeCommit = () -> {};

    /** Called after each commit; throws to lose its answer. */
    public volatile Runnable afterCommit = () -> {};

    /** Called before a change that waits is noted. */
    public volatile Runnable beforeAwait = () -> {};

    /** Called before a change that waited is forgotten. */
    public volatile Runnable beforeForget = () -> {};

    @Override
    public synchronized List<InstalledPlugin> list() {
        return List.copyOf(rows.values());
    }

    @Override
    public synchronized long generation() {
        return generation;
    }

    @Override
    public synchronized long commit(long expected, Change change) {
        beforeCommit.run();
        if (expected != generation) {
            throw new AgentOsException(PluginErrorCode.BUSY, "Another server was faster.", "Try again.");
        }
        generation++;
        change.saved().forEach(row -> rows.put(row.id(), row.withGeneration(generation)));
        change.saved().stream()
                .filter(InstalledPlugin::enabled)
                .forEach(row -> ran.add(row.release().sha512()));
        change.noted().forEach(row -> rows.put(row.id(), row));
        change.removed().forEach(rows::remove);
        change.bound()
                .forEach(binding -> bindings.merge(
                        binding.plugin(),
                        binding,
                        (old, fresh) -> old.registry().isEmpty() ? fresh : old));
        change.files().forEach((digest, file) -> {
            try {
                files.put(digest, Files.readAllBytes(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        afterCommit.run();
        return generation;
    }

    @Override
    public boolean hasRun(String sha512) {
        return ran.contains(sha512);
    }

    @Override
    public void await(Waiting wanted, Optional<Path> file) {
        beforeAwait.run();
        waiting.put(wanted.operation(), wanted);
        file.ifPresent(one -> {
            try {
                files.put(wanted.plugin().sha512(), Files.readAllBytes(one));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Override
    public List<Waiting> waiting() {
        return List.copyOf(waiting.values());
    }

    @Override
    public void forget(String operation) {
        beforeForget.run();
        waiting.remove(operation);
    }

    @Override
    public boolean fetch(String sha512, Path target) throws IOException {
        byte[] found = files.get(sha512);
        if (found != null) {
            Files.write(target, found);
        }
        return found != null;
    }

    @Override
    public List<Publishers.Binding> bindings() {
        return List.copyOf(bindings.values());
    }

    @Override
    public synchronized boolean bind(Publishers.Binding binding, Optional<Publishers.Binding> seen) {
        if (!Optional.ofNullable(bindings.get(binding.plugin())).equals(seen)) {
            return false;
        }
        bindings.put(binding.plugin(), binding);
        return true;
    }

    @Override
    public boolean unbind(Publishers.Binding seen) {
        return bindings.remove(seen.plugin(), seen);
    }

    @Override
    public List<Publishers.Revocation> revocations() {
        return List.copyOf(revocations.values());
    }

    @Override
    public void revoke(Publishers.Revocation revocation) {
        revocations.putIfAbsent(revocation.fingerprint(), revocation);
    }
}
