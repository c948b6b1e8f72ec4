package dev.agentos.registryservice;

import dev.agentos.kernel.Failure;
import dev.agentos.kernel.Ids;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.Approval;
import dev.agentos.policy.Approvals;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.ErrorType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Releases that wait until somebody else has agreed. What is agreed to is the JAR, by its digest, with all that rules
 * could know of it; when it goes on, everything is done again, and what differs is asked anew.
 */
final class WaitingReleases {

    private static final Logger LOG = LoggerFactory.getLogger(WaitingReleases.class);

    private final RegistryDirectory directory;
    private final FileApprovalStore store;
    private final Approvals approvals;
    private final InstantSource clock;

    /**
     * Those of a directory.
     *
     * @param publisher publishes anew what was agreed to
     */
    WaitingReleases(RegistryDirectory directory, InstantSource clock, Publisher publisher) {
        this.directory = directory;
        this.store = new FileApprovalStore(directory);
        this.approvals = new Approvals(store, Ids.system(), clock);
        this.clock = clock;
        approvals.onDecision(approval -> decided(approval, publisher));
    }

    /** Does all of a publication again, of just that JAR. */
    interface Publisher {
        Publication publish(InputStream jar, String by, String sha512);
    }

    Approvals approvals() {
        return approvals;
    }

    /**
     * Passes when people have agreed; otherwise the JAR is kept, and the approval that is open returned. What was
     * refused before is asked once more, since somebody wants it once more. To be called while nobody else changes the
     * registry.
     *
     * @param by who wants it
     */
    Optional<Approval> require(Path jar, String sha512, PublishRules.Asking asking, String by) throws IOException {
        store.expire(clock.instant());
        for (int time = 1; ; time++) {
            Approval.Asked asked = new Approval.Asked(
                    "",
                    "publish " + time,
                    Approval.PLUGIN,
                    asking.plugin(),
                    asking.arguments().with("sha512", sha512),
                    Optional.of(by));
            // What was agreed to on the terms of a rule that was weaker is asked once more.
            Approval approval = approvals.askAsNow(
                    Optional.empty(),
                    asked,
                    asking.match().toJson(),
                    asking.match().rule().terms().approval());
            switch (approval.state()) {
                case APPROVED -> {
                    return Optional.empty();
                }
                case PENDING -> {
                    directory.keepWaiting(jar, sha512);
                    return Optional.of(approval);
                }
                case REJECTED, EXPIRED, WITHDRAWN -> LOG.debug("Approval {} is over", approval.id());
            }
        }
    }

    /** Told of each decision, until it has returned true. */
    private boolean decided(Approval approval, Publisher publisher) {
        String sha512 = sha512(approval);
        if (approval.state() == Approval.State.APPROVED) {
            try (InputStream jar = Files.newInputStream(directory.waiting(sha512))) {
                Publication came =
                        publisher.publish(jar, approval.asked().startedBy().orElse(""), sha512);
                if (came instanceof Publication.Waiting(Approval next)
                        && !next.id().equals(approval.id())) {
                    LOG.info("Release {} is not any more what was agreed to, and waits for {}", sha512, next.id());
                }
            } catch (NoSuchFileException e) {
                LOG.debug("The JAR of approval {} is not there any more: it was published", approval.id());
            } catch (IOException e) {
                throw RegistryDirectory.failed("read", directory.waiting(sha512), e);
            } catch (AgentOsException e) {
                if (e.errorCode().type() == ErrorType.RESOURCES) {
                    throw e;
                }
                LOG.warn(
                        "{} was agreed to and does not come in: {}",
                        approval.asked().name(),
                        e.getMessage());
                store.failed(approval, Failure.of(e));
            }
        }
        directory.exclusively(() -> {
            boolean wanted = store.all().stream()
                    .map(ApprovalFile::approval)
                    .anyMatch(one ->
                            one.state() == Approval.State.PENDING && sha512(one).equals(sha512));
            if (!wanted) {
                Files.deleteIfExists(directory.waiting(sha512));
            }
            return true;
        });
        return true;
    }

    /** The digest of the JAR that it is about. */
    static String sha512(Approval approval) {
        return approval.asked().arguments().text("sha512").orElse("");
    }

    /** Goes on with what was agreed to and not told, as after a stop; ends what nobody decided on. */
    void sweep() {
        approvals.sweep();
    }

    /** Some of the approvals, the newest first. */
    Page<ApprovalFile> list(Predicate<Approval> seen, Optional<Approval.State> state, PageRequest request) {
        return Page.of(
                store.all().reversed().stream()
                        .filter(one -> seen.test(one.approval()))
                        .filter(one -> state.isEmpty() || one.approval().state() == state.get())
                        .filter(one -> request.cursor().isEmpty()
                                || one.approval()
                                                .id()
                                                .compareTo(request.cursor().get())
                                        < 0)
                        .limit(request.limit() + 1L)
                        .toList(),
                request.limit(),
                one -> one.approval().id());
    }

    /** The approval with that id, with what came of it. */
    Optional<ApprovalFile> find(String id) {
        return store.file(id);
    }

    /** The JAR that waits for it; the caller closes the stream. */
    InputStream open(Approval approval) {
        Path jar = directory.waiting(sha512(approval));
        try {
            return Files.newInputStream(jar);
        } catch (NoSuchFileException e) {
            throw new AgentOsException(
                    RegistryErrorCode.RELEASE_NOT_FOUND,
                    "Nothing waits for this approval any more.",
                    "When it was published, take it from /v1/releases.",
                    e);
        } catch (IOException e) {
            throw RegistryDirectory.failed("read", jar, e);
        }
    }
}
