package dev.agentos.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Failure;
import dev.agentos.pluginruntime.InstallRequest;
import dev.agentos.testkit.SyntheticJar;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Static files of plugins: what is served, with which headers, and how they come and go. */
@Timeout(120)
class SiteApiTest {

    private static final String SCRIPT = "console.log('hello');\n".repeat(60);

    private TestServer app;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() {
        app = new TestServer();
    }

    @AfterEach
    void stop() {
        app.close();
    }

    private static SyntheticJar site(String name, String version, String path) {
        return SyntheticJar.plugin("pages", version)
                .header("AgentOS-Site", name)
                .header("AgentOS-Permissions", "http.route;target=\"" + path + "\";reason=\"serves pages\"")
                .entry("site/index.html", "<!doctype html><title>" + version + "</title>")
                .entry("site/assets/app-1a2b.js", SCRIPT)
                .entry("site/mark.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>")
                .entry("secret.txt", "not for everybody");
    }

    private InstallRequest upload(SyntheticJar jar) {
        return TestServer.upload(jar, folder);
    }

    private void install(SyntheticJar jar) {
        app.done(app.plugins.install(upload(jar)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(app.server.address() + path));
    }

    private HttpResponse<String> get(String path) {
        return app.send(request(path));
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Test
    void itsPagesConnectToTheServersThatAnAdministratorNamedAndToNoOther() {
        install(site("pages", "1.0.0", "/pages/**"));
        assertThat(header(get("/pages/"), "Content-Security-Policy")).contains("connect-src 'self';");
        app.close();
        app = new TestServer(TestServer.config()
                .with(new HttpConfig.Origins(Set.of(), Set.of("https://b.example.org", "http://127.0.0.1:7778"))));
        install(site("pages", "1.0.0", "/pages/**"));
        assertThat(header(get("/pages/"), "Content-Security-Policy"))
                .contains("connect-src 'self' http://127.0.0.1:7778 https://b.example.org;", "script-src 'self';");
    }

    @Test
    void itsPagesNeedNoCredentialAndRunNothingOfOthers() {
        install(site("pages", "1.0.0", "/pages/**"));
        HttpResponse<String> page = get("/pages/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("1.0.0");
        assertThat(header(page, "Content-Type")).isEqualTo("text/html;charset=utf-8");
        assertThat(header(page, "Cache-Control")).isEqualTo("public, no-cache");
        assertThat(page.headers().allValues("Content-Security-Policy"))
                .singleElement()
                .asString()
                .contains("script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "default-src 'none'")
                .doesNotContain("unsafe");
        assertThat(header(page, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(header(page, "X-Frame-Options")).isEqualTo("DENY");
        assertThat(get("/pages/executions/exe_1").body())
                .as("an address of a page")
                .isEqualTo(page.body());
        HttpResponse<String> bare = get("/pages");
        assertThat(bare.statusCode()).isEqualTo(302);
        assertThat(header(bare, "Location")).isEqualTo("/pages/");
    }

    @Test
    void whatIsNamedByItsContentIsKeptAndSentCompressed() throws Exception {
        install(site("pages", "1.0.0", "/pages/**"));
        HttpResponse<String> plain = get("/pages/assets/app-1a2b.js");
        assertThat(plain.body()).isEqualTo(SCRIPT);
        assertThat(header(plain, "Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
        assertThat(header(plain, "Content-Encoding")).isEmpty();
        HttpResponse<byte[]> compressed = app.client.send(
                request("/pages/assets/app-1a2b.js")
                        .header("Accept-Encoding", "br, gzip")
                        .build(),
                BodyHandlers.ofByteArray());
        assertThat(header(compressed, "Content-Encoding")).isEqualTo("gzip");
        assertThat(header(compressed, "Vary")).isEqualTo("Accept-Encoding");
        assertThat(header(compressed, "ETag")).isNotEqualTo(header(plain, "ETag"));
        assertThat(unzipped(compressed.body())).isEqualTo(SCRIPT);
        HttpResponse<String> refused =
                app.send(request("/pages/assets/app-1a2b.js").header("Accept-Encoding", "gzip;q=0"));
        assertThat(refused.body()).isEqualTo(SCRIPT);
    }

    private static String unzipped(byte[] bytes) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void whatIsKnownIsNotSentAgainAndHeadSendsNone() {
        install(site("pages", "1.0.0", "/pages/**"));
        String tag = header(get("/pages/"), "ETag");
        assertThat(tag).startsWith("\"");
        HttpResponse<String> known = app.send(request("/pages/").header("If-None-Match", "\"x\", W/" + tag));
        assertThat(known.statusCode()).isEqualTo(304);
        assertThat(known.body()).isEmpty();
        HttpResponse<String> head = app.send(request("/pages/").method("HEAD", BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(header(head, "Content-Length")).isNotEqualTo("0");
        HttpResponse<String> post = app.send(request("/pages/").POST(BodyPublishers.ofString("x")));
        ApiTest.assertProblem(post, 405, "server:METHOD_NOT_ALLOWED");
        assertThat(header(post, "Allow")).isEqualTo("GET, HEAD");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/pages/assets/gone-1a2b.js",
                "/pages/missing.png",
                "/pages/assets/",
                "/pages/secret.txt",
                "/pages/site/index.html",
                "/pages/META-INF/MANIFEST.MF",
                "/other/",
                "/Pages/"
            })
    void whatTheSiteHasNotIsNotThere(String path) {
        install(site("pages", "1.0.0", "/pages/**"));
        assertThat(get(path).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/pages/executions/1.5",
                "/pages/store/dev.agentos.pack",
                "/pages/plugins/app.js",
                "/pages/packs/self/a.b.c",
                "/pages/store/%3Cimg%20src=x%20onerror=alert(1)%3E.svg"
            })
    void anIdWithADotHasAnAddressToo(String path) {
        install(site("pages", "1.0.0", "/pages/**"));
        String browsers = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        HttpResponse<String> page = app.send(request(path).header("Accept", browsers));
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).isEqualTo(get("/pages/").body());
        assertThat(header(page, "Content-Type")).isEqualTo("text/html;charset=utf-8");
        assertThat(header(page, "Content-Security-Policy")).contains("script-src 'self';");
        assertThat(header(page, "Vary")).isEqualTo("Accept, Accept-Encoding");
        for (String other : new String[] {"*/*", "image/avif,image/webp,*/*;q=0.8", "text/html;q=0", "text/htmlx"}) {
            HttpResponse<String> missed = app.send(request(path).header("Accept", other));
            ApiTest.assertProblem(missed, 404, "server:NOT_FOUND");
            assertThat(header(missed, "Cache-Control"))
                    .as("a missing picture does not hide a page")
                    .isEqualTo("no-store");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/pages/assets/gone-1a2b.js", "/pages/assets/gone", "/other/dev.agentos.pack"})
    void whatIsMissedAmongTheAssetsIsNoPage(String path) {
        install(site("pages", "1.0.0", "/pages/**"));
        HttpResponse<String> missed = app.send(request(path).header("Accept", "text/html"));
        assertThat(missed.statusCode()).isEqualTo(404);
        HttpResponse<String> there = app.send(request("/pages/mark.svg").header("Accept", "text/html"));
        assertThat(header(there, "Content-Type"))
                .as("a file is sent as what it is")
                .isEqualTo("image/svg+xml");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/pages/../secret.txt",
                "/pages/..%2fsecret.txt",
                "/pages/%2e%2e/secret.txt",
                "/pages/assets/..;/..;/secret.txt",
                "/pages/..%5csecret.txt",
                "/pages//secret.txt",
                "/pages/%00secret.txt"
            })
    void nothingIsClimbedOutOf(String path) throws Exception {
        install(site("pages", "1.0.0", "/pages/**"));
        HttpRequest.Builder climb = request("/pages/").uri(URI.create(app.server.address() + path));
        HttpResponse<String> response = app.send(climb);
        assertThat(response.statusCode()).isIn(400, 404);
        assertThat(response.body()).doesNotContain("not for everybody");
        HttpResponse<String> asPage = app.send(climb.header("Accept", "text/html"));
        assertThat(asPage.body()).doesNotContain("not for everybody");
    }

    @Test
    void isReplacedAndGoesWithItsPlugin() {
        assertThat(get("/pages/").statusCode()).isEqualTo(404);
        install(site("pages", "1.0.0", "/pages/**"));
        assertThat(app.get(app.adminKey, "/api/v1/plugins/pages").body())
                .contains("{\"kind\":\"site\",\"name\":\"pages\"}");
        String before = header(get("/pages/"), "ETag");
        app.ended(app.plugins.swap("pages", upload(site("pages", "2.0.0", "/pages/**"))));
        assertThat(get("/pages/").body()).contains("2.0.0");
        assertThat(header(get("/pages/"), "ETag")).isNotEqualTo(before);
        app.ended(app.plugins.disable("pages", false));
        ApiTest.assertProblem(get("/pages/"), 404, "server:NOT_FOUND");
        app.ended(app.plugins.enable("pages"));
        assertThat(get("/pages/").body()).contains("2.0.0");
        app.ended(app.plugins.uninstall("pages", true));
        assertThat(get("/pages/").statusCode()).isEqualTo(404);
    }

    @Test
    void theServersOwnAddressLeadsToTheConsoleWhenThereIsOne() {
        assertThat(get("/").statusCode()).isEqualTo(404);
        install(site("console", "1.0.0", "/console/**"));
        HttpResponse<String> root = get("/");
        assertThat(root.statusCode()).isEqualTo(302);
        assertThat(header(root, "Location")).isEqualTo("/console/");
    }

    @Test
    void withoutThePermissionForItsPathItDoesNotStart() {
        Failure failure = app.ended(app.plugins.install(upload(site("pages", "1.0.0", "/others/**"))))
                .failure()
                .orElseThrow();
        assertThat(failure.code()).isEqualTo("plugin:PERMISSION_DENIED");
        assertThat(get("/pages/").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"api", "protocols", "metrics", "livez", "a/b", "..", "Pages", "p;q"})
    void aNameThatIsTheServersOrNoneIsRefused(String name) {
        Failure failure = app.ended(app.plugins.install(upload(site(name, "1.0.0", "/**"))))
                .failure()
                .orElseThrow();
        assertThat(failure.code()).isEqualTo("plugin:INVALID_PLUGIN");
        assertThat(failure.message()).contains("the name of its site");
    }

    @Test
    void twoPluginsCannotHaveOneSite() {
        install(site("pages", "1.0.0", "/pages/**"));
        SyntheticJar other = SyntheticJar.plugin("rival", "1.0.0")
                .header("AgentOS-Site", "pages")
                .header("AgentOS-Permissions", "http.route;target=\"/pages/**\";reason=\"serves pages\"")
                .entry("site/index.html", "mine");
        assertThat(app.ended(app.plugins.install(upload(other)))
                        .failure()
                        .orElseThrow()
                        .code())
                .isEqualTo("plugin:NAME_CLASH");
        assertThat(get("/pages/").body()).contains("1.0.0");
    }
}
