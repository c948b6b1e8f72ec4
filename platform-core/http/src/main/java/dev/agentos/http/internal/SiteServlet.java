package dev.agentos.http.internal;

import dev.agentos.pluginruntime.site.Site;
import dev.agentos.pluginruntime.site.SiteFile;
import dev.agentos.web.UnreadBody;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Serves the static files of plugins, to whoever asks: they hold nothing of any tenant. A path is looked up among the
 * files that the JAR has, never resolved, so that there is nothing to climb out of. Plugins are asked at each request,
 * which is what makes a site appear, change and go without a restart.
 */
public final class SiteServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    /** Where a browser is sent that asks for nothing in particular. */
    private static final String HOME = "console";

    /** Nothing but the site's own files runs, and nobody frames it. */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " font-src 'self'; connect-src %s; manifest-src 'self'; base-uri 'none'; form-action 'self';"
                    + " frame-ancestors 'none'";

    private static final Pattern HTML =
            Pattern.compile("^(text/html|application/xhtml\\+xml)\\s*(;|$)", Pattern.CASE_INSENSITIVE);
    private static final Pattern QUALITY_ZERO = Pattern.compile(";\\s*q=0(\\.0*)?\\s*$");

    private final transient Function<String, Optional<Site>> sites;
    private final String policy;

    /**
     * Serves what that finds by the first part of the path.
     *
     * @param servers other origins to which its pages may connect, as browsers write them
     */
    public SiteServlet(Function<String, Optional<Site>> sites, Set<String> servers) {
        this.sites = sites;
        this.policy = POLICY.formatted(
                Stream.concat(Stream.of("'self'"), servers.stream()).collect(Collectors.joining(" ")));
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        UnreadBody.finish(request, response);
        String path = request.getRequestURI();
        int slash = path.indexOf('/', 1);
        String name = path.equals("/") ? HOME : path.substring(1, slash < 0 ? path.length() : slash);
        Optional<Site> site = sites.apply(name);
        if (site.isEmpty()) {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
        } else if (!List.of("GET", "HEAD").contains(request.getMethod())) {
            response.setHeader("Allow", "GET, HEAD");
            response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
        } else if (slash < 0) {
            response.setStatus(HttpServletResponse.SC_FOUND);
            response.setHeader("Location", "/" + name + "/");
        } else {
            answer(request, response, site.get(), path.substring(slash + 1));
        }
    }

    /**
     * Sends the file of that path. Where there is none and it is not among the assets, it is an address of a page,
     * which is the index's to show. One whose last part has a dot may be a file that is missed or the page of something
     * whose id has one; browsers that go to a page say that they take HTML, and those that load a picture do not.
     */
    private void answer(HttpServletRequest request, HttpServletResponse response, Site site, String path)
            throws IOException {
        Optional<SiteFile> file = path.isEmpty() ? Optional.of(site.index()) : site.file(path);
        boolean asset = path.startsWith("assets/");
        boolean dotted = path.indexOf('.', path.lastIndexOf('/') + 1) >= 0;
        boolean asked = file.isEmpty() && !asset && dotted;
        response.setHeader("Vary", asked ? "Accept, Accept-Encoding" : "Accept-Encoding");
        if (file.isPresent()) {
            send(request, response, file.get());
        } else if (!asset && (!dotted || takesHtml(request))) {
            send(request, response, site.index());
        } else {
            response.sendError(HttpServletResponse.SC_NOT_FOUND);
        }
    }

    private void send(HttpServletRequest request, HttpServletResponse response, SiteFile file) throws IOException {
        Optional<byte[]> compressed = file.compressed().filter(any -> takesGzip(request));
        String tag = "\"" + file.digest() + (compressed.isPresent() ? "-gzip\"" : "\"");
        response.setHeader("ETag", tag);
        response.setHeader(
                "Cache-Control", file.lasting() ? "public, max-age=31536000, immutable" : "public, no-cache");
        response.setHeader("Content-Security-Policy", policy);
        response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
        response.setHeader("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
        if (known(request, tag)) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        byte[] body = compressed.orElseGet(file::content);
        response.setHeader("Content-Type", file.type());
        if (compressed.isPresent()) {
            response.setHeader("Content-Encoding", "gzip");
        }
        response.setContentLength(body.length);
        if (request.getMethod().equals("GET")) {
            response.getOutputStream().write(body);
        }
    }

    private static boolean known(HttpServletRequest request, String tag) {
        return items(request, "If-None-Match").stream()
                .anyMatch(item -> item.equals("*") || item.equals(tag) || item.equals("W/" + tag));
    }

    /** Whether it names HTML; whoever takes anything at all has not asked for a page. */
    private static boolean takesHtml(HttpServletRequest request) {
        return items(request, "Accept").stream()
                .anyMatch(item ->
                        HTML.matcher(item).find() && !QUALITY_ZERO.matcher(item).find());
    }

    private static boolean takesGzip(HttpServletRequest request) {
        return items(request, "Accept-Encoding").stream()
                .anyMatch(item -> (item.startsWith("gzip") || item.startsWith("*"))
                        && !QUALITY_ZERO.matcher(item).find());
    }

    private static List<String> items(HttpServletRequest request, String header) {
        return Collections.list(request.getHeaders(header)).stream()
                .flatMap(value -> List.of(value.split(",", -1)).stream())
                .map(String::strip)
                .toList();
    }
}
