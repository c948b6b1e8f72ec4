package dev.agentos.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds of all permissions, tried with random ones; the seed is printed and can be given. */
class PermissionPropertiesTest {

    private static final int ROUNDS = 4_000;

    private long seed;
    private Random random = new Random(0);

    @BeforeEach
    void seed() {
        seed = Long.getLong("test.seed", System.nanoTime());
        random = new Random(seed);
        System.out.println("PermissionPropertiesTest: -Dtest.seed=" + seed);
    }

    @Test
    void canonicalFormsAndClausesRoundTrip() {
        for (int i = 0; i < ROUNDS; i++) {
            Permission permission = permission();
            assertThat(Permission.parse(permission.toString()))
                    .as("seed %d", seed)
                    .isEqualTo(permission)
                    .hasToString(permission.toString());
            PermissionRequest request = new PermissionRequest(permission, reason(), random.nextBoolean());
            assertThat(PermissionRequest.parseHeader(request.clause()))
                    .as("seed %d", seed)
                    .containsExactly(request);
        }
    }

    @Test
    void coversIsReflexiveAndTransitive() {
        int chains = 0;
        for (int i = 0; i < ROUNDS * 4; i++) {
            PermissionKind kind = kind();
            Permission a = permission(kind);
            Permission b = permission(kind);
            Permission c = permission(kind);
            assertThat(a.covers(a)).as("seed %d: %s", seed, a).isTrue();
            if (a.covers(b) && b.covers(c)) {
                chains++;
                assertThat(a.covers(c))
                        .as("seed %d: %s > %s > %s", seed, a, b, c)
                        .isTrue();
            }
        }
        assertThat(chains).as("seed %d", seed).isPositive();
    }

    /** The oracle is Java's own regular expressions, which know nothing of our automata. */
    @Test
    void aGrantThatCoversAPatternCoversEachTextOfIt() {
        int covered = 0;
        for (int i = 0; i < ROUNDS * 10; i++) {
            boolean path = random.nextBoolean();
            PermissionKind kind = path ? PermissionKind.FS_READ : PermissionKind.TOOL_INVOKE;
            Permission granted = permission(kind);
            Permission wanted = permission(kind);
            boolean covers = granted.covers(wanted);
            covered += covers ? 1 : 0;
            String text = path
                    ? TargetForm.PATH.canonical(instance(wanted.target().orElseThrow(), true))
                    : instance(wanted.target().orElseThrow(), false);
            if (text.isEmpty()) {
                continue; // no name is empty
            }
            boolean matches =
                    regex(granted.target().orElseThrow(), path).matcher(text).matches();
            assertThat(granted.covers(Permission.of(kind, text)))
                    .as("seed %d: %s and the text %s", seed, granted, text)
                    .isEqualTo(matches);
            if (covers) {
                assertThat(matches)
                        .as("seed %d: %s > %s, but %s", seed, granted, wanted, text)
                        .isTrue();
            }
        }
        assertThat(covered).as("seed %d", seed).isGreaterThan(50);
    }

    @Test
    void blocksOfAddressesCoverWhatHasTheirPrefix() {
        for (int i = 0; i < ROUNDS; i++) {
            int address = random.nextInt();
            int prefix = random.nextInt(33);
            int network = prefix == 0 ? 0 : address & (-1 << (32 - prefix));
            int other = random.nextBoolean() ? random.nextInt() : address ^ (1 << random.nextInt(32));
            Permission granted = Permission.of(PermissionKind.NET_CONNECT, dotted(network) + "/" + prefix + ":443");
            boolean inside = prefix == 0 || (other >>> (32 - prefix)) == (network >>> (32 - prefix));
            assertThat(granted.covers(Permission.of(PermissionKind.NET_CONNECT, dotted(other) + ":443")))
                    .as("seed %d: %s and %s", seed, granted, dotted(other))
                    .isEqualTo(inside);
        }
    }

    @Test
    void aChangeAsksForMoreExactlyWhenTheOldSetDoesNotCoverTheNew() {
        for (int i = 0; i < ROUNDS; i++) {
            Permissions before = permissions();
            Permissions after = permissions();
            assertThat(before.changesTo(after).stream().anyMatch(Permissions.Change::asksForMore))
                    .as("seed %d: %s\n>>\n%s", seed, before, after)
                    .isEqualTo(!before.covers(after));
            assertThat(before.changesTo(before)).isEmpty();
        }
    }

    @Test
    void whateverAHeaderHoldsItIsReadOrRefusedInOrder() {
        String[] pieces = {
            "fs.read",
            "net.connect",
            "jvm.exit",
            "x",
            ";",
            ",",
            "=",
            ":=",
            "\"",
            "\\",
            "target",
            "reason",
            "optional",
            "*",
            "**",
            "/",
            "${data}",
            "[::1]",
            ":443",
            "1.2.3.4/8",
            " ",
            "\n",
            "\u0000",
            "\u00e9",
            "true"
        };
        int read = 0;
        for (int i = 0; i < ROUNDS * 5; i++) {
            StringBuilder header = new StringBuilder(random.nextBoolean() ? "fs.read;target=\"/" : "");
            for (int n = random.nextInt(10); n > 0; n--) {
                header.append(pieces[random.nextInt(pieces.length)]);
            }
            header.append(random.nextBoolean() ? "\"" : "");
            try {
                for (PermissionRequest request : PermissionRequest.parseHeader(header.toString())) {
                    read++;
                    assertThat(PermissionRequest.parseHeader(request.clause()))
                            .as("seed %d: %s", seed, header)
                            .containsExactly(request);
                }
            } catch (PermissionSyntaxException refused) {
                assertThat(refused.action()).as("seed %d: %s", seed, header).isNotBlank();
            }
        }
        assertThat(read).as("seed %d", seed).isPositive();
    }

    private Permissions permissions() {
        return Permissions.of(IntStream.range(0, random.nextInt(6))
                .mapToObj(n -> permission(n % 2 == 0 ? PermissionKind.FS_READ : PermissionKind.NET_CONNECT))
                .toList());
    }

    private PermissionKind kind() {
        return PermissionKind.values()[random.nextInt(PermissionKind.values().length)];
    }

    private Permission permission() {
        return permission(kind());
    }

    private Permission permission(PermissionKind kind) {
        return switch (kind) {
            case NET_CONNECT -> Permission.of(kind, random.nextInt(8) == 0 ? "unix:" + path() : host() + ":" + ports());
            case NET_LISTEN ->
                Permission.of(kind, random.nextBoolean() ? ports() : dotted(random.nextInt()) + ":" + ports());
            case NET_RESOLVE -> Permission.of(kind, host());
            case FS_READ, FS_WRITE, FS_DELETE, NATIVE_LOAD -> Permission.of(kind, path());
            case PROCESS_EXEC, HTTP_ROUTE -> Permission.of(kind, "/" + segments());
            case THREAD_POOL -> Permission.of(kind, "" + (1 + random.nextInt(1024)));
            case DB_SCHEMA, JDK_GROUP -> Permission.of(kind, "net-http" + random.nextInt(10));
            case JVM_MANAGEMENT, REFLECT_DEEP, DESERIALIZE, NATIVE_MEMORY, CLASSLOADER_CREATE ->
                new Permission(kind, Optional.empty());
            default -> Permission.of(kind, name());
        };
    }

    private String name() {
        return text(1 + random.nextInt(6), "ab/*.\"\\");
    }

    private String path() {
        List<String> roots = List.of("${data}", "${workspace}", "", "");
        return roots.get(random.nextInt(4)) + "/" + segments();
    }

    private String segments() {
        List<String> segments = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            segments.add(random.nextInt(4) == 0 ? "**" : text(1, "ab").concat(text(random.nextInt(2), "ab*")));
        }
        return String.join("/", segments);
    }

    private String text(int length, String alphabet) {
        return random.ints(length, 0, alphabet.length())
                .mapToObj(at -> "" + alphabet.charAt(at))
                .reduce("", String::concat);
    }

    private String host() {
        return switch (random.nextInt(5)) {
            case 0 -> "*";
            case 1 -> "*." + text(1, "ab") + ".Example";
            case 2 -> dotted(random.nextInt());
            case 3 -> "[" + Integer.toHexString(random.nextInt(0x10000)) + "::" + text(2, "12f0") + "]";
            default -> text(1, "ab") + "." + text(1, "ab") + ".example";
        };
    }

    private String ports() {
        int first = random.nextInt(65_536);
        return switch (random.nextInt(3)) {
            case 0 -> "*";
            case 1 -> "" + first;
            default -> first + "-" + (first + random.nextInt(65_536 - first));
        };
    }

    private static String dotted(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
    }

    private String reason() {
        return text(random.nextInt(8), "ab ,;=\"\\:").strip();
    }

    /** A text that the pattern matches. */
    private String instance(String pattern, boolean path) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            if (pattern.startsWith("**", i)) {
                out.append(text(random.nextInt(4), path ? "ab/" : "ab/."));
                i++;
            } else if (pattern.charAt(i) == '*') {
                out.append(text(random.nextInt(3), "ab"));
            } else {
                out.append(pattern.charAt(i));
            }
        }
        return out.toString();
    }

    private static Pattern regex(String pattern, boolean path) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            boolean subtree = path && pattern.startsWith("/**", i);
            if (subtree) {
                out.append("(/.*)?");
                i += 2;
            } else if (pattern.startsWith("**", i)) {
                out.append(".*");
                i++;
            } else if (pattern.charAt(i) == '*') {
                out.append("[^/]*");
            } else {
                out.append(Pattern.quote("" + pattern.charAt(i)));
            }
        }
        return Pattern.compile(out.toString());
    }
}
