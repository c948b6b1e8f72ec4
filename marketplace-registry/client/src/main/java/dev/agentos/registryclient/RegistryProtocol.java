package dev.agentos.registryclient;

import dev.agentos.kernel.Json;
import dev.agentos.kernel.Page;
import dev.agentos.registrymodel.FacetCounts;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.registrymodel.Release;
import dev.agentos.registrymodel.SignedIndex;
import dev.agentos.spi.AgentOsException;
import dev.agentos.spi.JsonArray;
import dev.agentos.spi.JsonObject;
import dev.agentos.verifier.PluginManifest;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * By which path a registry is asked what, and how its answers are read, wherever they come from. Releases are believed
 * when the registry's signed index holds them; what is searched for and shown is not signed.
 */
abstract class RegistryProtocol implements RegistryClient {

    /** The path of the signed index. */
    static final String INDEX = "/index";

    private static final int MAX_ANSWER_BYTES = 8 << 20;
    private static final int MAX_INDEX_BYTES = 16 << 20;

    private final URI address;
    private final IndexTrust trust;

    RegistryProtocol(URI address, IndexTrust trust) {
        this.address = address;
        this.trust = trust;
    }

    /** The answer to that path, at most so many bytes of it; empty when there is nothing of that name. */
    abstract Optional<byte[]> bytes(String path, int most);

    /** An answer to that path was read and is what it should be. */
    void accepted(String path, byte[] answer) {}

    @Override
    public Page<Listing> search(ListingQuery query) {
        StringJoiner parameters = new StringJoiner("&", "/listings?", "");
        parameters.add("limit=" + query.page().limit());
        query.page().cursor().ifPresent(cursor -> parameters.add("cursor=" + encoded(cursor)));
        add(query, parameters);
        return answer(parameters.toString(), json -> new Page<>(items(json, Listing::fromJson), json.text("next")))
                .orElseThrow(() -> invalidAnswer("it knows no listings at all", null));
    }

    private static void add(ListingQuery query, StringJoiner parameters) {
        query.text().ifPresent(text -> parameters.add("q=" + encoded(text)));
        query.facets().forEach((facet, value) -> parameters.add(facet.word() + "=" + encoded(value)));
        query.among()
                .ifPresent(some -> parameters.add((some.wanted() ? "only=" : "without=")
                        + encoded(String.join(",", new TreeSet<>(some.slugs())))));
    }

    @Override
    public FacetCounts facets(ListingQuery query) {
        StringJoiner parameters = new StringJoiner("&", "/facets?", "");
        add(query, parameters);
        return answer(parameters.toString(), FacetCounts::fromJson).orElse(FacetCounts.NONE);
    }

    @Override
    public Optional<String> readme(Release release) {
        Optional<String> readme = answer("/releases/" + release.sha512() + "/readme", json -> json.text("readme"))
                .flatMap(text -> text)
                .filter(text -> !text.isBlank());
        if (readme.filter(text -> text.length() > PluginManifest.MAX_README_BYTES)
                .isPresent()) {
            throw invalidAnswer("its README is longer than " + PluginManifest.MAX_README_BYTES + " characters", null);
        }
        return readme;
    }

    @Override
    public Optional<Listing> listing(String slug) {
        return answer("/listings/" + PluginManifest.checkedId(slug), Listing::fromJson);
    }

    @Override
    public List<Release> releases(String slug) {
        try {
            return checkedReleases(slug);
        } catch (AgentOsException e) {
            if (e.errorCode() != RegistryErrorCode.INDEX_MISMATCH) {
                throw e;
            }
            // Something may have been published between the two answers; the next ones fit, or never will.
            return checkedReleases(slug);
        }
    }

    private List<Release> checkedReleases(String slug) {
        List<Release> listed = listedReleases(slug);
        // Also when there is none: a registry that is not to be believed is said to be so.
        trust.check(slug, listed, verifiedIndex());
        return listed;
    }

    final SignedIndex verifiedIndex() {
        byte[] index = index();
        try {
            return verified(index);
        } catch (AgentOsException e) {
            if (e.errorCode() != RegistryErrorCode.INDEX_ROLLED_BACK) {
                throw e;
            }
            // Another thread may have seen a newer one while this one was on its way.
            return verified(index());
        }
    }

    private SignedIndex verified(byte[] bytes) {
        SignedIndex index = trust.verified(bytes);
        accepted(INDEX, bytes);
        return index;
    }

    @Override
    public byte[] index() {
        return bytes(INDEX, MAX_INDEX_BYTES)
                .orElseThrow(() -> new AgentOsException(
                        RegistryErrorCode.INDEX_UNSIGNED,
                        "The registry at " + address + " has no signed index.",
                        "Ask its operator to run a release of AgentOS that signs it."));
    }

    @Override
    public Optional<IndexTrust> trust() {
        return Optional.of(trust);
    }

    final List<Release> listedReleases(String slug) {
        return answer(
                        "/listings/" + PluginManifest.checkedId(slug) + "/releases",
                        json -> items(json, Release::fromJson))
                .orElse(List.of());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private <T> Optional<T> answer(String path, Function<JsonObject, T> reader) {
        return bytes(path, MAX_ANSWER_BYTES).map(bytes -> {
            T answer = read(parsed(bytes), reader);
            accepted(path, bytes);
            return answer;
        });
    }

    private JsonObject parsed(byte[] bytes) {
        try {
            return Json.parseObject(new ByteArrayInputStream(bytes));
        } catch (AgentOsException e) {
            throw invalidAnswer("its answer is not JSON", e);
        }
    }

    private <T> T read(JsonObject json, Function<JsonObject, T> reader) {
        try {
            return reader.apply(json);
        } catch (IllegalArgumentException e) {
            throw invalidAnswer(String.valueOf(e.getMessage()), e);
        }
    }

    private static <T> List<T> items(JsonObject json, Function<JsonObject, T> reader) {
        JsonArray items =
                json.array("items").orElseThrow(() -> new IllegalArgumentException("Member 'items' is missing"));
        return items.items().stream()
                .map(item -> {
                    if (item instanceof JsonObject object) {
                        return reader.apply(object);
                    }
                    throw new IllegalArgumentException("Member 'items' holds something else than objects");
                })
                .toList();
    }

    final AgentOsException invalidAnswer(String what, @Nullable Throwable cause) {
        return new AgentOsException(
                RegistryErrorCode.INVALID_ANSWER,
                "What answers at " + address + " is not a registry of this protocol: " + what + ".",
                "Check the address; redirects are not followed.",
                cause);
    }
}
