package dev.agentos.web;

import dev.agentos.kernel.InvalidInputException;
import dev.agentos.kernel.KernelErrorCode;
import dev.agentos.kernel.Page;
import dev.agentos.kernel.PageRequest;
import dev.agentos.spi.JsonNull;
import dev.agentos.spi.JsonObject;
import dev.agentos.spi.JsonValue;
import dev.agentos.web.resources.CursorSeal;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Pages of one list. A cursor says where the page before ended, and of which list. {@link RouteFeature} seals it for
 * the client, and lets pass only what was sealed.
 */
public final class Paging {

    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_CURSOR_LENGTH = 1024;

    private final String list;
    private final PageRequest request;

    private Paging(String list, PageRequest request) {
        this.list = list;
        this.request = request;
    }

    /**
     * The page that a request's parameters ask for.
     *
     * @param list the list's name; cursors of other lists are refused
     * @throws dev.agentos.spi.AgentOsException {@code server:INVALID_FIELD} or {@code server:INVALID_CURSOR}
     */
    public static Paging of(String list, @Nullable String limit, @Nullable String cursor) {
        return new Paging(
                list, new PageRequest(limit(limit), Optional.ofNullable(cursor).map(c -> opened(list, c))));
    }

    /** What a store is asked. */
    public PageRequest request() {
        return request;
    }

    /** A page as the API answers it. */
    public <T> JsonObject answer(Page<T> page, Function<T, ? extends JsonValue> item) {
        return JsonObject.of(
                "items",
                page.items().stream().map(item).toList(),
                "next",
                page.next().<Object>map(this::written).orElse(JsonNull.NULL));
    }

    /**
     * The page of a list that is short enough to be read whole. It is sorted by keys, and a cursor is the last key that
     * was shown: what comes or goes meanwhile neither hides nor repeats anything else.
     *
     * @param key of an item, which no other has
     */
    public <T> Page<T> page(Collection<T> all, Function<T, String> key) {
        return page(all, key, Comparator.naturalOrder());
    }

    /**
     * The same in another order.
     *
     * @param order of the keys
     */
    public <T> Page<T> page(Collection<T> all, Function<T, String> key, Comparator<String> order) {
        List<T> behind = all.stream()
                .filter(item -> request.cursor()
                        .filter(last -> order.compare(key.apply(item), last) <= 0)
                        .isEmpty())
                .sorted(Comparator.comparing(key, order))
                .limit(request.limit() + 1L)
                .toList();
        return Page.of(behind, request.limit(), key);
    }

    /** The page of a list that is read whole, as the API answers it. */
    public <T> JsonObject answer(Collection<T> all, Function<T, String> key, Function<T, ? extends JsonValue> item) {
        return answer(page(all, key), item);
    }

    private static int limit(@Nullable String limit) {
        if (limit == null) {
            return DEFAULT_LIMIT;
        }
        if (limit.matches("[0-9]{1,3}")) {
            int wanted = Integer.parseInt(limit);
            if (wanted >= 1 && wanted <= PageRequest.MAX_LIMIT) {
                return wanted;
            }
        }
        throw InvalidInputException.of(
                KernelErrorCode.INVALID_FIELD,
                "/limit",
                "The parameter limit is not a whole number from 1 to " + PageRequest.MAX_LIMIT + ".",
                "Correct it, or leave it out for " + DEFAULT_LIMIT + ".");
    }

    private String written(String position) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((list + '\n' + position).getBytes(StandardCharsets.UTF_8));
    }

    private static String opened(String list, String cursor) {
        if (cursor.length() <= MAX_CURSOR_LENGTH) {
            try {
                byte[] bytes = Base64.getUrlDecoder().decode(CursorSeal.content(cursor));
                String text = new String(bytes, StandardCharsets.UTF_8);
                String begin = list + '\n';
                if (text.length() > begin.length() && text.startsWith(begin)) {
                    return text.substring(begin.length());
                }
            } catch (IllegalArgumentException e) {
                throw PageRequest.invalidCursor();
            }
        }
        throw PageRequest.invalidCursor();
    }
}
