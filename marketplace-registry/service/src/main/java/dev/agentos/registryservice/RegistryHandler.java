package dev.agentos.registryservice;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.policy.Approval;
import dev.agentos.registrymodel.Envelope;
import dev.agentos.registrymodel.Facet;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.VerifiedClasses;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The resources of a registry below {@code /v1}. */
final class RegistryHandler extends Handler.Abstract {

    private static final Logger LOG = LoggerFactory.getLogger(RegistryHandler.class);
    private static final Pattern LISTING = Pattern.compile("/v1/listings/([a-z0-9-]{1,64})(/releases)?");
    private static final Pattern APPROVAL = Pattern.compile("/v1/approvals/([A-Za-z0-9_]{1,64})(/[a-z]+)?");
    private static final Pattern JAR = Pattern.compile("/v1/releases/([0-9a-f]{128})(\\.jar|/readme)");
    private static final Set<String> PARAMETERS = Stream.concat(
                    Stream.of("q", "only", "without", "limit", "cursor"),
                    Arrays.stream(Facet.values()).map(Facet::word))
            .collect(Collectors.toUnmodifiableSet());
    private static final Set<String> DECISIONS = Set.of("/approve", "/reject");
    private static final String FOREVER = "public, max-age=31536000, immutable";

    private final RegistryService service;
    private final RegistryPeople people;
    private final ApprovalResource approvals;

    RegistryHandler(RegistryService service, RegistryPeople people) {
        this.service = service;
        this.people = people;
        this.approvals = new ApprovalResource(service);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        try {
            answer(request, response, callback);
        } catch (IOException e) {
            // The client went away, or the disk failed in the middle of a JAR: the connection is cut, never completed.
            LOG.debug("A request broke off", e);
            callback.failed(e);
        } catch (RuntimeException e) {
            if (!(e instanceof AgentOsException)) {
                LOG.error("A request failed", e);
            }
            if (response.isCommitted()) {
                callback.failed(e);
            } else {
                Problems.answer(request, response, callback, e);
            }
        }
        return true;
    }

    private void answer(Request request, Response response, Callback callback) throws IOException {
        String path = Request.getPathInContext(request);
        boolean reads = HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod());
        Matcher listing = LISTING.matcher(path);
        Matcher jar = JAR.matcher(path);
        if (reads && path.equals("/v1/listings")) {
            json(response, HttpStatus.OK_200, page(service.search(query(request))), callback);
        } else if (reads && path.equals("/v1/facets")) {
            json(response, HttpStatus.OK_200, service.facets(query(request)).toJson(), callback);
        } else if (reads && listing.matches()) {
            json(response, HttpStatus.OK_200, listing(listing.group(1), listing.group(2) != null), callback);
        } else if (reads && path.equals("/v1/index")) {
            index(request, response, callback);
        } else if (reads && jar.matches() && jar.group(2).equals("/readme")) {
            String readme = service.readme(release(jar.group(1))).orElse("");
            json(response, HttpStatus.OK_200, JsonObject.of("readme", readme), callback);
        } else if (reads && jar.matches()) {
            jar(request, response, callback, jar.group(1));
        } else if (HttpMethod.POST.is(request.getMethod()) && path.equals("/v1/releases")) {
            publish(request, response, callback);
        } else if (!approval(path, request, response, callback)) {
            throw new AgentOsException(
                    RegistryErrorCode.UNKNOWN_RESOURCE,
                    "The registry has nothing for " + request.getMethod() + " on this path.",
                    "Read /v1/index, /v1/listings, /v1/facets, /v1/listings/{slug}, /v1/listings/{slug}/releases,"
                            + " /v1/releases/{sha512}/readme, /v1/releases/{sha512}.jar or /v1/approvals, or POST a"
                            + " JAR to /v1/releases.");
        }
    }

    private static ListingQuery query(Request request) {
        Fields fields = query(request, PARAMETERS);
        PageRequest paging = paging(fields);
        try {
            return new ListingQuery(
                    parameter(fields, "q"),
                    facets(fields),
                    among(fields, "only", true).or(() -> among(fields, "without", false)),
                    paging);
        } catch (IllegalArgumentException e) {
            throw invalid("The query is not understood: " + e.getMessage() + ".", e);
        }
    }

    private static Fields query(Request request, Set<String> known) {
        Fields fields = Request.extractQueryParameters(request, StandardCharsets.UTF_8);
        for (String name : fields.getNames()) {
            if (!known.contains(name)) {
                throw invalid("The query has the unknown parameter '" + name + "'.", null);
            }
        }
        return fields;
    }

    private static PageRequest paging(Fields fields) {
        try {
            int limit = parameter(fields, "limit").map(Integer::parseInt).orElse(PageRequest.FIRST.limit());
            return new PageRequest(limit, parameter(fields, "cursor"));
        } catch (IllegalArgumentException e) {
            throw invalid("The query is not understood: " + e.getMessage() + ".", e);
        }
    }

    /** An empty value is none, but for the publisher: it may be that nobody is named. */
    private static Map<Facet, String> facets(Fields fields) {
        Map<Facet, String> chosen = new EnumMap<>(Facet.class);
        for (Facet facet : Facet.values()) {
            Optional.ofNullable(fields.getValue(facet.word()))
                    .filter(value -> facet == Facet.PUBLISHER || !value.isBlank())
                    .ifPresent(value -> chosen.put(facet, value));
        }
        return chosen;
    }

    private static Optional<ListingQuery.Among> among(Fields fields, String name, boolean wanted) {
        return Optional.ofNullable(fields.getValue(name))
                .map(ids -> new ListingQuery.Among(Set.of(ids.split(",")), wanted));
    }

    private static AgentOsException invalid(String message, @Nullable Throwable cause) {
        return new AgentOsException(
                RegistryErrorCode.INVALID_QUERY,
                message,
                "Use q, category, tag, publisher, risk, permission, only or without with ids, limit (1 to "
                        + PageRequest.MAX_LIMIT + ") and cursor; of approvals state, limit and cursor.",
                cause);
    }

    private static Optional<String> parameter(Fields fields, String name) {
        return Optional.ofNullable(fields.getValue(name)).filter(value -> !value.isBlank());
    }

    private static JsonObject page(Page<Listing> page) {
        return JsonObject.of(
                "items", page.items().stream().map(Listing::toJson).toList(),
                "next", page.next().orElse(null));
    }

    private JsonObject listing(String slug, boolean releases) {
        Listing listing = service.listing(slug)
                .orElseThrow(() -> new AgentOsException(
                        RegistryErrorCode.LISTING_NOT_FOUND,
                        "The registry has no listing '" + slug + "'.",
                        "Search for it: GET /v1/listings?q=…"));
        return releases
                ? JsonObject.of(
                        "items",
                        service.releases(slug).stream().map(Release::toJson).toList(),
                        "next",
                        null)
                : listing.toJson();
    }

    private void index(Request request, Response response, Callback callback) {
        byte[] index = service.index();
        String etag = '"' + VerifiedClasses.digest(index).substring(0, 32) + '"';
        response.getHeaders().put(HttpHeader.ETAG, etag);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
        if (knows(request, etag)) {
            response.setStatus(HttpStatus.NOT_MODIFIED_304);
            callback.succeeded();
            return;
        }
        response.setStatus(HttpStatus.OK_200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Envelope.MEDIA_TYPE);
        response.write(true, ByteBuffer.wrap(index), callback);
    }

    private static boolean knows(Request request, String etag) {
        String known = request.getHeaders().get(HttpHeader.IF_NONE_MATCH);
        return known != null && (known.contains(etag) || known.equals("*"));
    }

    private Release release(String sha512) {
        return service.release(sha512)
                .orElseThrow(() -> new AgentOsException(
                        RegistryErrorCode.RELEASE_NOT_FOUND,
                        "The registry has no release with this digest.",
                        "Take the digest from the listing's releases."));
    }

    private void jar(Request request, Response response, Callback callback, String sha512) throws IOException {
        Release release = release(sha512);
        String etag = '"' + sha512 + '"';
        response.getHeaders().put(HttpHeader.ETAG, etag);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, FOREVER);
        if (knows(request, etag)) {
            response.setStatus(HttpStatus.NOT_MODIFIED_304);
            callback.succeeded();
            return;
        }
        try (InputStream jar = service.openJar(release)) {
            response.setStatus(HttpStatus.OK_200);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/java-archive");
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, release.sizeBytes());
            response.getHeaders().put("X-Content-Type-Options", "nosniff");
            if (HttpMethod.HEAD.is(request.getMethod())) {
                callback.succeeded();
                return;
            }
            try (OutputStream out = Content.Sink.asOutputStream(response)) {
                jar.transferTo(out);
            }
        }
        service.countDownload(release);
        callback.succeeded();
    }

    private void publish(Request request, Response response, Callback callback) throws IOException {
        if (!people.publish()) {
            throw new AgentOsException(
                    RegistryErrorCode.PUBLISHING_DISABLED,
                    "This registry takes no releases over HTTP.",
                    "Start it with a publish token, or publish into its directory.");
        }
        RegistryPeople.Person who = who(request);
        who.require(RegistryPeople.Right.PUBLISH);
        Publication came;
        try (InputStream body = Request.asInputStream(request)) {
            came = service.submit(body, who.name());
        }
        switch (came) {
            case Publication.Published(Release release) -> {
                response.getHeaders().put(HttpHeader.LOCATION, "/v1/releases/" + release.sha512() + ".jar");
                json(response, HttpStatus.CREATED_201, release.toJson(), callback);
            }
            case Publication.Waiting(Approval approval) -> {
                response.getHeaders().put(HttpHeader.LOCATION, "/v1/approvals/" + approval.id());
                json(response, HttpStatus.ACCEPTED_202, approvals.find(approval), callback);
            }
        }
    }

    private RegistryPeople.Person who(Request request) {
        String authorization = Optional.ofNullable(request.getHeaders().get(HttpHeader.AUTHORIZATION))
                .orElse("");
        String presented = authorization.regionMatches(true, 0, "Bearer ", 0, 7) ? authorization.substring(7) : "";
        return people.of(presented.strip())
                .orElseThrow(() -> new AgentOsException(
                        RegistryErrorCode.UNAUTHENTICATED,
                        "The token is missing or wrong.",
                        "Send 'Authorization: Bearer <token>'."));
    }

    /** Whether the path is one of approvals. */
    private boolean approval(String path, Request request, Response response, Callback callback) throws IOException {
        Matcher one = APPROVAL.matcher(path);
        String what = one.matches() ? Optional.ofNullable(one.group(2)).orElse("") : "";
        boolean gets = HttpMethod.GET.is(request.getMethod());
        if (gets && path.equals("/v1/approvals")) {
            RegistryPeople.Person who = who(request);
            Fields fields = query(request, Set.of("state", "limit", "cursor"));
            json(
                    response,
                    HttpStatus.OK_200,
                    approvals.list(who, parameter(fields, "state"), paging(fields)),
                    callback);
        } else if (gets && one.matches() && what.isEmpty()) {
            json(response, HttpStatus.OK_200, approvals.find(who(request), one.group(1)), callback);
        } else if (gets && what.equals("/jar")) {
            try (InputStream jar = approvals.jar(who(request), one.group(1))) {
                response.setStatus(HttpStatus.OK_200);
                response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/java-archive");
                response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
                response.getHeaders().put("X-Content-Type-Options", "nosniff");
                try (OutputStream out = Content.Sink.asOutputStream(response)) {
                    jar.transferTo(out);
                }
            }
            callback.succeeded();
        } else if (HttpMethod.POST.is(request.getMethod()) && DECISIONS.contains(what)) {
            RegistryPeople.Person who = who(request);
            try (InputStream body = Request.asInputStream(request)) {
                json(
                        response,
                        HttpStatus.OK_200,
                        what.equals("/approve")
                                ? approvals.approve(who, one.group(1), body)
                                : approvals.reject(who, one.group(1), body),
                        callback);
            }
        } else {
            return false;
        }
        return true;
    }

    private static void json(Response response, int status, JsonObject json, Callback callback) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
        response.write(true, ByteBuffer.wrap(Json.writeBytes(json)), callback);
    }
}
