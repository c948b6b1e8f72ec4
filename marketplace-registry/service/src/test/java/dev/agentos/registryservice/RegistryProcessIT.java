package dev.agentos.registryservice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.kernel.Json;
import dev.agentos.registrymodel.Listing;
import dev.agentos.registrymodel.ListingQuery;
import dev.agentos.registrymodel.Release;
import dev.agentos.spi.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command lines as real processes. */
@Timeout(120)
class RegistryProcessIT {

    @TempDir
    private Path temporary;

    private Process start(Class<?> main, List<String> arguments) throws IOException {
        return start(List.of(), main, arguments);
    }

    private Process start(List<String> prefix, Class<?> main, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String lineWith(BufferedReader output, String text) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.contains(text)) {
                return line;
            }
        }
        throw new IllegalStateException("The process ended without saying '" + text + "'");
    }

    @Test
    void servesUntilItIsToldToEnd() throws Exception {
        Path root = temporary.resolve("registry");
        Process process = start(RegistryMain.class, List.of("--data-dir", root.toString(), "--port", "0"));
        try (BufferedReader output = process.inputReader();
                HttpClient client = HttpClient.newHttpClient()) {
            String line = lineWith(output, "AgentOS registry on ");
            URI address = URI.create(line.replaceFirst(".* on (\\S+) from .*", "$1") + "/v1/listings");
            assertThat(address.getHost()).isEqualTo("127.0.0.1");
            RegistryService beside = new RegistryService(root, InstantSource.system());
            assertThat(lineWith(output, "signed with key ")).endsWith(beside.fingerprint());
            beside.publish(new PluginJar("alpha", "1.0.0").writeTo(temporary));
            String body = client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString())
                    .body();
            assertThat(body).contains("\"slug\":\"alpha\"");
            process.destroy();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            // 128 + SIGTERM: the shutdown hook ran to its end.
            assertThat(process.exitValue()).isEqualTo(143);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void whatWaitsForPeopleSurvivesAKill() throws Exception {
        String ann = "ann-publishes-with-this-token";
        String bob = "bob-reviews-with-this-token";
        Path people =
                Files.writeString(temporary.resolve("people"), "ann publish %s%nbob review %s%n".formatted(ann, bob));
        Path policy = Files.writeString(
                temporary.resolve("policy.yaml"),
                "rules: [{id: look, point: publish, effect: REQUIRE_APPROVAL, reason: Look twice.}]");
        List<String> arguments = List.of(
                "--data-dir",
                temporary.resolve("registry").toString(),
                "--port",
                "0",
                "--people",
                people.toString(),
                "--policy",
                policy.toString());
        JsonObject asked;
        Process first = start(RegistryMain.class, arguments);
        try (BufferedReader output = first.inputReader();
                HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest publish = HttpRequest.newBuilder(address(output).resolve("/v1/releases"))
                    .header("Authorization", "Bearer " + ann)
                    .POST(HttpRequest.BodyPublishers.ofFile(new PluginJar("alpha", "1.0.0").writeTo(temporary)))
                    .build();
            asked = Json.parseObject(
                    client.send(publish, BodyHandlers.ofString()).body());
        } finally {
            first.destroyForcibly();
        }
        Process second = start(RegistryMain.class, arguments);
        try (BufferedReader output = second.inputReader();
                HttpClient client = HttpClient.newHttpClient()) {
            String ballot =
                    Json.write(JsonObject.of("nonce", asked.text("nonce").orElseThrow()));
            HttpRequest approve = HttpRequest.newBuilder(address(output)
                            .resolve("/v1/approvals/" + asked.text("id").orElseThrow() + "/approve"))
                    .header("Authorization", "Bearer " + bob)
                    .POST(HttpRequest.BodyPublishers.ofString(ballot))
                    .build();
            assertThat(client.send(approve, BodyHandlers.ofString()).body()).contains("\"state\":\"APPROVED\"");
        } finally {
            second.destroyForcibly();
        }
        assertThat(new RegistryService(temporary.resolve("registry"), InstantSource.system()).releases("alpha"))
                .hasSize(1);
        List<String> withoutPeople = new ArrayList<>(arguments.subList(0, 4));
        withoutPeople.addAll(List.of("--policy", policy.toString()));
        Process refused = start(RegistryMain.class, withoutPeople);
        assertThat(refused.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(refused.exitValue()).isEqualTo(1);
    }

    private static URI address(BufferedReader output) throws IOException {
        return URI.create(lineWith(output, "AgentOS registry on ").replaceFirst(".* on (\\S+) from .*", "$1"));
    }

    @Test
    void staysWholeWhenPublishersAreKilled() throws Exception {
        Path root = temporary.resolve("registry");
        List<String> arguments = new ArrayList<>(List.of("--registry-dir", root.toString()));
        for (int i = 0; i < 200; i++) {
            arguments.add(new PluginJar("plugin-" + i, "1.0.0")
                    .payload("p".repeat(10_000))
                    .writeTo(temporary)
                    .toString());
        }
        for (int published = 1; published <= 40; published += 13) {
            Process process = start(PublishMain.class, arguments);
            try (BufferedReader output = process.inputReader()) {
                for (int i = 0; i < published; i++) {
                    lineWith(output, "Published ");
                }
                process.destroyForcibly();
            }
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            isWhole(new RegistryService(root, InstantSource.system()), published);
        }
    }

    @ParameterizedTest
    @CsvSource({"022, rw-r--r--", "027, rw-r-----"})
    void whatIsPublishedHasTheRightsThatTheUmaskGives(String umask, String rights) throws Exception {
        Path root = temporary.resolve("registry");
        Path jar = new PluginJar("alpha", "1.0.0").writeTo(temporary);
        List<String> withUmask = List.of("sh", "-c", "umask " + umask + " && exec \"$@\"", "sh");
        Process process =
                start(withUmask, PublishMain.class, List.of("--registry-dir", root.toString(), jar.toString()));
        try (BufferedReader output = process.inputReader()) {
            lineWith(output, "Published ");
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        try (Stream<Path> kept = Files.walk(root)) {
            List<Path> files = kept.filter(Files::isRegularFile).toList();
            assertThat(files)
                    .extracting(file -> String.valueOf(file.getFileName()))
                    .contains("alpha.json", "listings.json")
                    .anyMatch(name -> name.endsWith(".jar"));
            assertThat(files)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo(rights));
        }
    }

    private static void isWhole(RegistryService service, int atLeast) throws IOException {
        int count = 0;
        for (int i = 0; i < 200; i++) {
            for (Release release : service.releases("plugin-" + i)) {
                try (InputStream jar = service.openJar(release)) {
                    assertThat((long) jar.readAllBytes().length).isEqualTo(release.sizeBytes());
                }
                count++;
            }
        }
        assertThat(count).isGreaterThanOrEqualTo(atLeast);
        assertThat(service.search(ListingQuery.ALL).items())
                .extracting(Listing::slug)
                .isNotEmpty();
    }
}
