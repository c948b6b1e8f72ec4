package dev.agentos.http;

import dev.agentos.http.internal.PluginViews;
import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.InvalidInputException.Fault;
import dev.agentos.kernel.Operation;
import dev.agentos.pluginruntime.Consent;
import dev.agentos.pluginruntime.InstallPlan;
import dev.agentos.pluginruntime.InstallRequest;
import dev.agentos.pluginruntime.PluginErrorCode;
import dev.agentos.pluginruntime.PluginService;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.Permission;
import dev.agentos.spi.PermissionSyntaxException;
import dev.agentos.verifier.VersionRange;
import dev.agentos.web.Caller;
import dev.agentos.web.Fields;
import dev.agentos.web.HttpErrorCode;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Installs and swaps plugins as a request asks for it: after a look at what that would grant. */
final class PluginInstalls {

    private final PluginService plugins;
    private final Uploads uploads;
    private final IdempotencyFilter idempotency;

    PluginInstalls(PluginService plugins, Uploads uploads, IdempotencyFilter idempotency) {
        this.plugins = plugins;
        this.uploads = uploads;
        this.idempotency = idempotency;
    }

    /**
     * On which terms a plugin is to be installed.
     *
     * @param accepted the permissions that the administrator named, of the plugin and of what it brings along
     * @param all whether whatever is declared and not critical is accepted
     * @param critical whether critical ones may be accepted
     * @param sha512 the digest of the file that the administrator saw
     * @param isolated whether it shall run in a process of its own; as before when empty
     * @param dryRun whether only to tell what would be done
     */
    record Terms(
            Set<Permission> accepted,
            boolean all,
            boolean critical,
            Optional<String> sha512,
            Optional<Boolean> isolated,
            boolean dryRun) {

        static Terms of(Fields fields) {
            return new Terms(
                    permissions("acceptPermissions", fields.texts("acceptPermissions")),
                    fields.flag("acceptAll"),
                    fields.flag("acceptCritical"),
                    fields.text("sha512"),
                    fields.optionalFlag("isolated"),
                    fields.flag("dryRun"));
        }

        static Terms of(
                @Nullable String acceptAll,
                @Nullable String acceptCritical,
                List<String> acceptPermissions,
                @Nullable String sha512,
                @Nullable String isolated,
                @Nullable String dryRun) {
            return new Terms(
                    permissions("acceptPermissions", acceptPermissions),
                    flag("acceptAll", acceptAll),
                    flag("acceptCritical", acceptCritical),
                    Optional.ofNullable(sha512),
                    Optional.ofNullable(isolated).map(value -> flag("isolated", value)),
                    flag("dryRun", dryRun));
        }

        /** The consent to exactly these permissions. */
        static Consent granting(Fields fields, List<InstallPlan.PermissionStatus> declared) {
            Set<Permission> granted = permissions("granted", fields.texts("granted"));
            for (Permission permission : granted) {
                if (declared.stream()
                        .map(status -> status.request().permission())
                        .noneMatch(one -> permission.covers(one) || one.covers(permission))) {
                    throw Fields.invalid("granted", "names '" + permission + "', which the plugin does not declare");
                }
            }
            return new Consent(granted, false, fields.flag("acceptCritical"), Optional.empty());
        }

        /** The same for that file alone. */
        Terms of(Optional<String> file) {
            return new Terms(accepted, all, critical, file, isolated, dryRun);
        }

        Consent consent() {
            return new Consent(accepted, all, critical, sha512);
        }

        private static Set<Permission> permissions(String field, List<String> texts) {
            Set<Permission> permissions = new LinkedHashSet<>();
            for (String text : texts) {
                try {
                    permissions.add(Permission.parse(text));
                } catch (PermissionSyntaxException e) {
                    throw Fields.invalid(
                            field,
                            "holds no permission: " + e.getMessage() + ". "
                                    + e.action().replaceFirst("\\.$", ""));
                }
            }
            return permissions;
        }
    }

    /** The field that names a version, or a range of them; any when absent. */
    static String versions(Fields fields) {
        String range = fields.text("version").orElse("*");
        try {
            VersionRange.parse(range);
            return range;
        } catch (IllegalArgumentException e) {
            throw Fields.invalid("version", "is neither a version, as 1.2.0, nor a range, as >=1.0.0 & <2.0.0 or ^1.4");
        }
    }

    /** A parameter that is true or false; false when absent. */
    static boolean flag(String name, @Nullable String value) {
        if (value == null || value.equals("false")) {
            return false;
        }
        if (value.equals("true") || value.isEmpty()) {
            return true;
        }
        throw Fields.invalid(name, "is neither true nor false");
    }

    /**
     * Installs a plugin, or swaps the one that is named.
     *
     * @throws InvalidInputException {@code plugin:CONSENT_REQUIRED} with each permission that is not accepted
     */
    Response install(
            ContainerRequestContext asking, InstallRequest.Source source, Terms terms, Optional<String> swapped) {
        InstallRequest request = new InstallRequest(source, terms.consent(), terms.isolated(), by(asking));
        InstallPlan plan = plugins.plan(request);
        if (terms.dryRun()) {
            return Response.ok(PluginViews.plan(plan))
                    .type(MediaType.APPLICATION_JSON_TYPE)
                    .build();
        }
        requireConsent(plan, terms, request, swapped);
        return OperationsResource.accepted(start(request, swapped));
    }

    /** Does the same with a JAR that the request carries. */
    Response installUpload(
            ContainerRequestContext request, HttpServletRequest servlet, Terms terms, Optional<String> swapped) {
        Uploads.Received received = store(request, servlet);
        Path file = received.file();
        Optional<Operation> started = Optional.empty();
        try {
            Optional<Response> before = idempotency.claim(request, received.sha256());
            if (before.isPresent()) {
                return before.get();
            }
            InstallRequest install =
                    new InstallRequest(new InstallRequest.Upload(file), terms.consent(), terms.isolated(), by(request));
            InstallPlan plan = plugins.plan(install);
            if (terms.dryRun()) {
                return Response.ok(PluginViews.plan(plan)).build();
            }
            requireConsent(plan, terms, install, swapped);
            started = Optional.of(start(install, swapped));
            return OperationsResource.accepted(started.get());
        } finally {
            started.ifPresentOrElse(operation -> uploads.removeAfter(operation, file), () -> Uploads.remove(file));
        }
    }

    private Operation start(InstallRequest request, Optional<String> swapped) {
        return swapped.isPresent() ? plugins.swap(swapped.get(), request) : plugins.install(request);
    }

    /** Installs the update that waits for consent. */
    Response installPending(ContainerRequestContext asking, String id, Terms terms) {
        InstallRequest pending = plugins.pending(id, terms.consent());
        return install(asking, pending.source(), terms.of(pending.consent().sha512()), Optional.of(id));
    }

    static Optional<String> by(ContainerRequestContext request) {
        return Optional.of(Caller.of(request).principal().id());
    }

    private void requireConsent(InstallPlan plan, Terms terms, InstallRequest request, Optional<String> swapped) {
        List<Fault> missing = new ArrayList<>();
        for (InstallPlan.Step step : plan.steps()) {
            for (InstallPlan.PermissionStatus status : step.permissions()) {
                if (!status.granted() && !status.request().optional()) {
                    missing.add(new Fault(
                            "/acceptPermissions",
                            PluginErrorCode.CONSENT_REQUIRED.code(),
                            status.request().permission().toString()));
                }
            }
        }
        if (!missing.isEmpty()) {
            String all = String.join(", ", missing.stream().map(Fault::message).toList());
            boolean waits = swapped.isPresent() && plugins.postpone(swapped.get(), request);
            throw new InvalidInputException(
                    PluginErrorCode.CONSENT_REQUIRED,
                    "The installation needs permissions that were not accepted: " + all + ".",
                    "Look at them and name them in acceptPermissions"
                            + (terms.critical() ? "." : "; critical ones need acceptCritical as well.")
                            + (waits ? " The update waits for that; the version before goes on." : ""),
                    missing);
        }
    }

    private Uploads.Received store(ContainerRequestContext request, HttpServletRequest servlet) {
        try {
            if (request.getMediaType().isCompatible(MediaType.MULTIPART_FORM_DATA_TYPE)) {
                Part part = file(servlet);
                try (InputStream in = part.getInputStream()) {
                    return uploads.store(in);
                } finally {
                    part.delete();
                }
            }
            return uploads.store(request.getEntityStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Part file(HttpServletRequest servlet) throws IOException {
        try {
            Part part = servlet.getPart("file");
            if (part == null) {
                throw Fields.invalid("file", "is required: the form's part of that name holds the JAR");
            }
            return part;
        } catch (ServletException | IllegalStateException e) {
            throw new AgentOsException(
                    HttpErrorCode.BAD_REQUEST,
                    "The form cannot be read, or is larger than 256 MiB.",
                    "Send multipart/form-data with one part 'file', or the JAR alone as application/java-archive.",
                    e);
        }
    }
}
