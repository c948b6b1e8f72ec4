package dev.agentos.pluginruntime.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.spi.Permission;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrantPolicyTest {

    private static GrantPolicy policy(String... grants) {
        return new GrantPolicy(
                Arrays.stream(grants).map(Permission::parse).toList(),
                new PluginFolders(Path.of("/data/p"), Path.of("/temp/p")),
                Set.of("dev.agentos.spi"));
    }

    @Test
    void socketsInThePluginsFoldersAreThere() {
        GrantPolicy policy = policy("net.connect unix:${data}/s", "net.connect unix:${temp}/**");
        assertThat(policy.allows("net.connect", "unix:/data/p/s")).isTrue();
        assertThat(policy.allows("net.connect", "unix:/temp/p/a/b")).isTrue();
        assertThat(policy.allows("net.connect", "unix:/data/p/other")).isFalse();
        assertThat(policy("net.connect unix:${workspace}/s").allows("net.connect", "unix:/s"))
                .isFalse();
    }

    @Test
    void nativeMemoryLoadsNoLibrary() {
        GrantPolicy memory = policy("native.memory");
        assertThat(memory.allows("native.memory", "")).isTrue();
        assertThat(memory.allows("native.load", "")).isFalse();
        assertThat(memory.allows("native.load", "/data/p/x.so")).isFalse();
        GrantPolicy library = policy("native.load ${data}/**");
        assertThat(library.allows("native.load", "")).isTrue();
        assertThat(library.allows("native.load", "/data/p/x.so")).isTrue();
        assertThat(library.allows("native.load", "/usr/lib/x.so")).isFalse();
    }

    @Test
    void whoMayConnectMayLookUp() {
        GrantPolicy policy = policy("net.connect *.example.org:443");
        assertThat(policy.allows("net.resolve", "api.example.org")).isTrue();
        assertThat(policy.allows("net.resolve", "example.com")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "localhost",
                "0.0.0.0",
                "10.0.0.1",
                "169.254.169.254",
                "100.100.100.200",
                "168.63.129.16",
                "192.168.1.1",
                "198.18.0.1",
                "[::1]",
                "[0:0:0:0:0:0:0:1]",
                "[fd00:ec2::254]",
                "[64:ff9b::7f00:1]",
                "[2002:7f00:1::]"
            })
    void aGrantForAnyHostOpensNoInnerAddress(String host) {
        GrantPolicy any = policy("net.connect *:80", "net.connect 0.0.0.0/0:80", "net.connect [::/0]:80");
        assertThat(any.allows("net.connect", host + ":80")).isFalse();
        assertThat(any.allows("net.connect", "1.1.1.1:80")).isTrue();
        assertThat(any.allows("net.connect", "api.example:80")).isTrue();
        GrantPolicy named = policy("net.connect *:80", "net.connect " + host + ":80");
        assertThat(named.allows("net.connect", host + ":80")).isTrue();
    }

    @Test
    void aNameMayLeadToPublicAddressesAlone() {
        GrantPolicy policy = policy("net.connect api.example:80");
        assertThat(policy.allows("net.public", "1.1.1.1")).isTrue();
        assertThat(policy.allows("net.public", "[2606:4700::1111]")).isTrue();
        assertThat(policy.allows("net.public", "172.16.0.1")).isFalse();
        assertThat(policy.allows("net.public", "[fe80::1]")).isFalse();
        assertThat(policy("net.connect 10.0.0.0/8:80").allows("net.connect", "10.1.2.3:80"))
                .isTrue();
    }

    @Test
    void aGrantedFolderIsGrantedItselfAndSeenFromAbove() {
        GrantPolicy policy = policy("fs.read ${data}/sub/**");
        assertThat(policy.allows("fs.read", "/data/p/sub")).isTrue();
        assertThat(policy.allows("fs.stat", "/data")).isTrue();
        assertThat(policy.allows("fs.read", "/data/p")).isFalse();
        assertThat(policy.allows("fs.stat", "/data/q")).isFalse();
    }

    @Test
    void reservedClassesNeedTheirPermission() {
        assertThat(policy().mayLink("java.lang.management.ManagementFactory")).isFalse();
        assertThat(policy("jvm.management").mayLink("java.lang.management.ManagementFactory"))
                .isTrue();
        assertThat(policy().mayLink("dev.agentos.spi.Tool")).isTrue();
        assertThat(policy().mayLink("dev.agentos.kernel.Json")).isFalse();
    }
}
