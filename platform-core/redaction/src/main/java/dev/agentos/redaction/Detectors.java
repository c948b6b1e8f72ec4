package dev.agentos.redaction;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The detectors that there are, by name. Of two that find the same text, the one that stands first here counts. */
public final class Detectors {

    /** Stands for all keys and passwords. */
    public static final String CREDENTIALS = "credentials";
    /** Stands for all that tells of a person. */
    public static final String PERSONAL = "personal";

    /** Stands for all by which a text tries to give a model orders. */
    public static final String INJECTION = "injection";

    private static final int SHORT = 80;
    private static final int KEY = 512;
    private static final int LONG = 16_384;

    /** Spaces of any width, and of none: numbers are grouped by what a typesetter or an office program puts there. */
    private static final String SPACES = " \u00A0\u1680\u2000-\u200D\u202F\u205F\u2060\u3000\uFEFF";

    /** Dashes that are not the hyphen of the keyboard, which has to stand last in a set. */
    private static final String DASHES = "\u00AD\u2010-\u2015\u2043\u2212\uFE58\uFE63\uFF0D";

    private static final String SPACE = "[" + SPACES + "]";
    private static final String DASH = "[" + DASHES + "-]";
    private static final String GAP = "[" + SPACES + DASHES + "-]";

    /** Letters, with their marks, that are not of this alphabet. */
    private static final String NATIONAL =
            "\u00C0-\u167F\u1681-\u1FFF\u2C00-\u2DFF\u3040-\uD7FF\uF900-\uFDFF\uFE70-\uFEFC"
                + "\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A\uFF66-\uFFDC\uD800\uDC00-\uD83B\uDFFF\uD840\uDC00-\uD8BF\uDFFF";

    /** Of which keys are made. */
    private static final CharSet OF_KEYS = CharSet.of('a', 'z', 'A', 'Z', '0', '9', '_', '_', '-', '-');

    private static final CharSet OF_JWTS = CharSet.union(List.of(OF_KEYS, CharSet.of('.', '.')));
    private static final CharSet OF_TOKENS =
            CharSet.union(List.of(OF_JWTS, CharSet.of('~', '~', '+', '+', '/', '/', '=', '=')));
    private static final CharSet OF_PRIVATE_KEYS = CharSet.union(
            List.of(CharSet.SPACE, CharSet.of('a', 'z', 'A', 'Z', '0', '9', '+', '+', '/', '/', '=', '=', '\\', '\\')));

    private static final Map<String, Detector> ALL = new LinkedHashMap<>();
    private static final Set<String> KEYS = new LinkedHashSet<>();
    private static final Set<String> ORDERS = new LinkedHashSet<>();

    static {
        keys();
        KEYS.addAll(ALL.keySet());
        personal();
        Set<String> others = Set.copyOf(ALL.keySet());
        orders();
        ORDERS.addAll(ALL.keySet());
        ORDERS.removeAll(others);
    }

    private Detectors() {}

    private static void keys() {
        add(
                "private-key",
                LONG,
                "-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:(?:[^-]|-[^-])*-----END "
                        + "(?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\\s\\\\]*)",
                OF_PRIVATE_KEYS);
        add("agentos-key", KEY, "\\baos_[A-Za-z0-9_-]{16,}", OF_KEYS);
        add("anthropic-key", KEY, "\\bsk-ant-[A-Za-z0-9_-]{16,}", OF_KEYS);
        add("openai-key", KEY, "\\bsk-(?:proj-|svcacct-|admin-|or-)?[A-Za-z0-9_-]{20,}", OF_KEYS);
        add("aws-key", SHORT, "\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b", Check.ALL);
        add("github-token", KEY, "\\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})", OF_KEYS);
        add("google-key", SHORT, "\\bAIza[A-Za-z0-9_-]{35}", Check.ALL);
        add("slack-token", KEY, "\\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}", OF_KEYS);
        add("stripe-key", KEY, "\\b(?:(?:sk|rk)_(?:live|test)|whsec)_[A-Za-z0-9]{16,}", OF_KEYS);
        add("jwt", LONG / 2, "\\beyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}", OF_JWTS);
        add("bearer-token", LONG / 4, "(?i)\\bbearer(?: |%20|\\+)+[a-z0-9._~+/-]{16,}=*", OF_TOKENS);
        add("url-password", LONG / 4, "://[^\\s/:@\"'?#]+:[^\\s/@\"']+@", Check.ALL);
    }

    private static void personal() {
        add("iban", SHORT, "\\b[A-Za-z]{2}\\d{2}(?:" + SPACE + "?[A-Za-z0-9]){11,30}", Checks::iban);
        add("card", SHORT, "\\b\\d(?:" + GAP + "?\\d){12,30}\\b", Checks::card);
        add(
                "email",
                320,
                "[\\w" + NATIONAL + ".%+'-]+(?:@|%40)(?:[A-Za-z0-9" + NATIONAL + "-]+\\.)+(?:[A-Za-z]{2,24}\\b"
                        + "|[Xx][Nn]--[A-Za-z0-9-]{2,59}|[" + NATIONAL + "]{2,24})",
                Check.ALL);
        add(
                "us-ssn",
                SHORT,
                "\\b\\d{3}(?:" + DASH + "\\d{2}" + DASH + "|" + SPACE + "\\d{2}" + SPACE + ")\\d{4}\\b",
                Checks::usSocialSecurity);
        add("de-tax-id", SHORT, "\\b[1-9]\\d(?:\\d{9}|(?:" + SPACE + "\\d{3}){3})\\b", Checks::deTaxId);
        add("nl-bsn", SHORT, "\\b\\d{9}\\b", Checks::nlCitizen);
        add("es-dni", SHORT, "(?i)\\b(?:\\d{8}|[XYZ]\\d{7})" + DASH + "?[A-Z]\\b", Checks::esIdentity);
        add(
                "it-codice-fiscale",
                SHORT,
                "(?i)\\b[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]\\b",
                Checks::itFiscalCode);
        add(
                "fr-nir",
                SHORT,
                spaced("\\b[12] ?\\d{2} ?\\d{2} ?(?:\\d{2}|2[ABab]) ?\\d{3} ?\\d{3} ?\\d{2}\\b"),
                Checks::frSocialSecurity);
        add(
                "uk-nino",
                SHORT,
                spaced("\\b[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z] ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]\\b"),
                Checks::ukInsurance);
        add(
                "phone",
                SHORT,
                "\\+\\d(?:[./()" + SPACES + DASHES + "-]{0,2}\\d){7,16}\\b|\\b00[1-9](?:[./()" + SPACES + DASHES
                        + "-]{0,2}\\d){7,16}\\b"
                        + "|\\(?\\b0\\d{1,5}\\)?[/" + SPACES + DASHES + "-]?\\d{2,8}(?:" + GAP + "\\d{2,5}){0,4}\\b"
                        + "|\\(?\\b[2-9]\\d{2}\\)?[." + SPACES + DASHES + "-]\\d{3}[." + SPACES + DASHES
                        + "-]\\d{4}\\b",
                Checks::phone);
        add("ipv4", SHORT, "\\b\\d{1,3}(?:\\.\\d{1,3}){3,}\\b", Checks::ipv4);
        add("ipv6", SHORT, "(?i)(?:\\b[0-9a-f]{1,4}|:):(?:[0-9a-f]{0,4}:){0,7}[0-9a-f]{0,4}\\b", Checks::ipv6);
    }

    /** What people have written to models in documents, and hardly ever to each other. */
    private static void orders() {
        add(
                "override-instructions",
                KEY,
                "(?i)\\b(?:ignore|disregard|forget|override)\\b[^.\\n"
                        + "]{0,40}\\b(?:previous|prior|above|earlier|preceding|your)\\b[^.\\n"
                        + "]{0,40}\\b(?:instructions?|prompts?|rules|directions|guidelines)\\b",
                Check.ALL);
        add(
                "reveal-instructions",
                KEY,
                "(?i)\\b(?:reveal|print|show|repeat|output|leak)\\b[^.\\n]{0,30}\\b(?:system|hidden|initial) "
                        + "(?:prompt|instructions|message)\\b",
                Check.ALL);
        add("hide-from-user", KEY, "(?i)\\bdo not (?:tell|inform|mention)[^.\\n]{0,30}\\bthe user\\b", Check.ALL);
        add(
                "role-marker",
                SHORT,
                "(?i)<\\|(?:im_start|im_end|system|assistant|user|endoftext)\\|>|\\[/?INST\\]|<</?SYS>>",
                Check.ALL);
        add("image-with-data", KEY, "!\\[[^\\]\\n]*\\]\\(https?://[^)\\s?]+\\?[^)\\s]*=[^)\\s]*\\)", Check.ALL);
        // Tag characters and changes of the direction of writing show nothing and say something.
        add("invisible-text", KEY, "[\uDB40\uDC00-\uDB40\uDC7F\u202A-\u202E\u2066-\u2069]+", Check.ALL);
    }

    /** The pattern with spaces of any width for each space. */
    private static String spaced(String pattern) {
        return pattern.replace(" ", SPACE);
    }

    private static void add(String name, int longest, String pattern, Check check) {
        ALL.put(name, new Detector(name, LinearPattern.inTexts(pattern), check, longest, CharSet.NONE));
    }

    private static void add(String name, int longest, String pattern, CharSet rest) {
        ALL.put(name, new Detector(name, LinearPattern.inTexts(pattern), Check.ALL, longest, rest));
    }

    /** The names that a policy can write: those of all detectors, and of the two groups. */
    public static List<String> names() {
        List<String> names = new ArrayList<>(List.of(CREDENTIALS, PERSONAL, INJECTION));
        names.addAll(ALL.keySet());
        return List.copyOf(names);
    }

    /** The detectors of a name or group; empty when there is none. */
    static Optional<Collection<Detector>> named(String name) {
        if (name.equals(CREDENTIALS)) {
            return Optional.of(of(KEYS));
        }
        if (name.equals(INJECTION)) {
            return Optional.of(of(ORDERS));
        }
        if (name.equals(PERSONAL)) {
            return Optional.of(ALL.values().stream()
                    .filter(detector -> !KEYS.contains(detector.name()) && !ORDERS.contains(detector.name()))
                    .toList());
        }
        return Optional.ofNullable(ALL.get(name)).map(List::of);
    }

    private static List<Detector> of(Set<String> names) {
        return ALL.values().stream()
                .filter(detector -> names.contains(detector.name()))
                .toList();
    }

    /** The place of a detector in the order; expressions stand behind all. */
    static int place(Detector detector) {
        int place = List.copyOf(ALL.keySet()).indexOf(detector.name());
        return place < 0 ? ALL.size() : place;
    }
}
