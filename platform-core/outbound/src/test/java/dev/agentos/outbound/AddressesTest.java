package dev.agentos.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Case 89 of the faults: which addresses a name may lead to. */
class AddressesTest {

    private static boolean allowed(String address, String... grants) {
        return new Addresses(ListedGrants.of(grants).permissions())
                .allow("service.test", InetAddress.ofLiteral(address), 443);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "100.100.100.200",
                "127.0.0.1",
                "127.255.0.1",
                "168.63.129.16",
                "169.254.0.1",
                "169.254.169.254",
                "169.254.170.2",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.9",
                "224.0.0.1",
                "239.1.1.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:169.254.169.254",
                "::7f00:1",
                "64:ff9b::7f00:1",
                "64:ff9b:1::1",
                "100::1",
                "2001::1",
                "2001:0:7f00:1::",
                "2001:db8::1",
                "2002:7f00:1::",
                "3fff::1",
                "4000::1",
                "8000::1",
                "fc00::1",
                "fd00:ec2::254",
                "fdff::1",
                "fe80::1",
                "fec0::1",
                "ff02::1"
            })
    void addressesThatAreNotPublicAreRefused(String address) {
        assertThat(allowed(address, "service.test:443", "*:*", "*.test:443")).isFalse();
        assertThat(allowed(address, "0.0.0.0/0:*", "[::/0]:*")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.1.1.1", "128.0.0.1",
                "169.253.1.1", "172.15.0.1", "172.32.0.1", "192.167.1.1", "192.169.1.1", "198.20.0.1",
                        "223.255.255.255",
                "2606:4700::1111", "2a00:1450::1", "2001:4860::8888"
            })
    void publicAddressesAreForTheNameThatIsGranted(String address) {
        assertThat(allowed(address, "service.test:443")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1:443, true",
        "127.0.0.1, 127.0.0.0/8:443, true",
        "127.0.0.1, 127.0.0.2:443, false",
        "127.0.0.1, 127.0.0.1:80, false",
        "127.0.0.1, 64.0.0.0/2:443, false",
        "10.1.2.3, 10.0.0.0/8:*, true",
        "10.1.2.3, 10.1.0.0/16:*, true",
        "10.1.2.3, 8.0.0.0/6:*, false",
        "192.168.1.1, 192.168.0.0/16:443, true",
        "169.254.169.254, 169.254.0.0/16:443, false",
        "169.254.169.254, 169.254.169.254:443, true",
        "169.254.7.7, 169.254.0.0/16:443, true",
        "::1, [::1]:443, true",
        "::1, [::/96]:443, false",
        "fd00:ec2::254, [fc00::/7]:443, false",
        "fd00:ec2::254, [fd00:ec2::254]:443, true",
        "fd12::1, [fd00::/8]:443, true",
        "::ffff:10.0.0.1, 10.0.0.1:443, true"
    })
    void aGrantOfTheAddressItselfOpensIt(String address, String grant, boolean expected) {
        assertThat(allowed(address, "service.test:443", grant)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, true", "::1, true", "10.0.0.1, false", "169.254.169.254, false"})
    void localhostIsThisMachineAndNothingElse(String address, boolean expected) {
        assertThat(new Addresses(ListedGrants.of("localhost:443").permissions())
                        .allow("localhost", InetAddress.ofLiteral(address), 443))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*:*", "*:443", "localhost:80", "*.localhost:443"})
    void localhostIsOpenedByItsNameOnly(String grant) {
        assertThat(new Addresses(ListedGrants.of(grant).permissions())
                        .allow("localhost", InetAddress.ofLiteral("127.0.0.1"), 443))
                .isFalse();
    }
}
