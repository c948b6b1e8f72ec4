package dev.agentos.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What arguments of the JDK's methods stand for. */
class TargetsTest {

    @TempDir
    private Path temporary;

    private Path folder;
    private Path other;

    @BeforeEach
    void folders() throws Exception {
        Path root = temporary.toRealPath();
        folder = Files.createDirectory(root.resolve("folder"));
        other = Files.createDirectories(root.resolve("other/deep"));
    }

    @Test
    void linksAreFollowedBeforeDots() throws Exception {
        Files.createSymbolicLink(folder.resolve("link"), other);
        assertThat(Targets.real(folder + "/link/../x", true)).isEqualTo(other.getParent() + "/x");
        assertThat(Targets.real(folder + "/./a/../b", true)).isEqualTo(folder + "/b");
        assertThat(Targets.real(folder + "/link", false)).isEqualTo(folder + "/link");
        assertThat(Targets.real(folder + "/link", true)).isEqualTo(other.toString());
    }

    @Test
    void aLinkToWhatIsNotThereIsFollowed() throws Exception {
        Files.createSymbolicLink(folder.resolve("dangling"), other.resolve("not/yet"));
        assertThat(Targets.real(folder + "/dangling", true)).isEqualTo(other + "/not/yet");
    }

    @Test
    void aRelativeLinkIsFollowedFromWhereItIs() throws Exception {
        Files.createSymbolicLink(folder.resolve("up"), Path.of("../other/deep/../new"));
        Files.createSymbolicLink(other.resolve("link"), folder);
        assertThat(Targets.real(folder + "/up", true)).isEqualTo(other.getParent() + "/new");
        assertThat(Targets.real(other + "/link/up", true)).isEqualTo(other.getParent() + "/new");
        assertThat(Targets.climbs("a/../b")).isTrue();
        assertThat(Targets.climbs("a/..b/c")).isFalse();
    }

    @Test
    void pathsOfUrlsAreReadAsTheJdkReadsThem() {
        assertThat(Targets.decoded("/a+b/%66%C3%BC")).isEqualTo("/a+b/fü");
        assertThat(Targets.decoded("/a%2")).isEqualTo("/a%2");
        assertThat(Targets.decoded("/a%zz")).isEqualTo("/a%zz");
    }

    @Test
    void linksInACircleEnd() throws Exception {
        Files.createSymbolicLink(folder.resolve("a"), folder.resolve("b"));
        Files.createSymbolicLink(folder.resolve("b"), folder.resolve("a"));
        assertThat(Targets.real(folder + "/a", true)).startsWith(folder.toString());
    }

    @Test
    void aNameCountsOnlyForAddressesThatItLedTo() throws Exception {
        InetAddress real = InetAddress.getByAddress("host.example", new byte[] {(byte) 203, 0, 113, 1});
        InetAddress forged = InetAddress.getByAddress("host.example", new byte[] {(byte) 203, 0, 113, 2});
        Targets.resolved("host.example", new InetAddress[] {real});
        assertThat(Targets.host(real)).isEqualTo("host.example");
        assertThat(Targets.host(forged)).isNull();
        assertThat(Targets.literal(forged)).isEqualTo("203.0.113.2");
    }
}
