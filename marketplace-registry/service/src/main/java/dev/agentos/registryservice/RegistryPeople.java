package dev.agentos.registryservice;

import dev.agentos.kernel.Digests;
import dev.agentos.registrymodel.RegistryErrorCode;
import dev.agentos.spi.AgentOsException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Whom a registry knows: each by a token of their own, so that whoever publishes is told from whoever agrees to it. Of
 * a token only its digest is kept.
 */
public final class RegistryPeople {

    /** Nobody: nothing is published over HTTP. */
    public static final RegistryPeople NOBODY = new RegistryPeople(List.of());

    /** The shortest token, in characters. */
    public static final int MIN_TOKEN = 20;

    /** Whoever has the token that stands by itself. */
    static final String PUBLISHER = "publisher";

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");

    private final List<Person> people;

    private RegistryPeople(List<Person> people) {
        this.people = List.copyOf(people);
    }

    /** What a person may do. */
    enum Right {
        PUBLISH,
        REVIEW;

        static Right of(String word) {
            return Stream.of(values())
                    .filter(right -> right.word().equals(word))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "A person may 'publish', 'review' or both as" + " 'publish,review', not '" + word + "'"));
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One of them.
     *
     * @param name as records say it
     * @param rights what they may do
     * @param token the digest of it
     */
    record Person(String name, Set<Right> rights, String token) {
        Person {
            rights = Set.copyOf(rights);
        }

        boolean may(Right right) {
            return rights.contains(right);
        }

        /** Passes when they may; {@code registry:RIGHT_MISSING}. */
        void require(Right right) {
            if (!may(right)) {
                throw new AgentOsException(
                        RegistryErrorCode.RIGHT_MISSING,
                        "'" + name + "' may not " + right.word() + " in this registry.",
                        "Use the token of somebody who may, or have the registry's file of people changed.");
            }
        }
    }

    /** One nameless publisher with that token. */
    public static RegistryPeople publisher(String token) {
        return new RegistryPeople(List.of(new Person(PUBLISHER, Set.of(Right.PUBLISH), digest(token))));
    }

    /**
     * Reads a file with a line for each: a name, what they may do, their token.
     *
     * @throws IllegalArgumentException for a line that is not so, or a name or token that stands twice
     */
    public static RegistryPeople read(List<String> lines) {
        List<Person> people = new ArrayList<>();
        for (String line : lines) {
            if (line.isBlank() || line.strip().startsWith("#")) {
                continue;
            }
            String[] words = line.strip().split("\\s+");
            if (words.length != 3 || !NAME.matcher(words[0]).matches() || words[0].equals(PUBLISHER)) {
                // The line may hold a token, and is not repeated.
                throw new IllegalArgumentException("Line " + (lines.indexOf(line) + 1) + " of the people is not 'NAME"
                        + " publish|review|publish,review TOKEN' with a name of lower-case letters, digits and"
                        + " hyphens other than '" + PUBLISHER + "'");
            }
            Set<Right> rights = new HashSet<>();
            Arrays.stream(words[1].split(",")).map(Right::of).forEach(rights::add);
            people.add(new Person(words[0], rights, digest(words[2])));
        }
        return new RegistryPeople(people).withoutDoubles();
    }

    /**
     * These and those.
     *
     * @throws IllegalArgumentException when a name or token stands twice
     */
    public RegistryPeople and(RegistryPeople others) {
        return new RegistryPeople(
                        Stream.concat(people.stream(), others.people.stream()).toList())
                .withoutDoubles();
    }

    private RegistryPeople withoutDoubles() {
        Set<String> seen = new HashSet<>();
        for (Person person : people) {
            if (!seen.add(person.name()) || !seen.add("token " + person.token())) {
                throw new IllegalArgumentException(
                        "Each person has one line and a token that nobody else has; '" + person.name() + "' is not so");
            }
        }
        return this;
    }

    private static String digest(String token) {
        if (token.length() < MIN_TOKEN) {
            throw new IllegalArgumentException("A token has at least " + MIN_TOKEN + " characters");
        }
        return Digests.sha256(token.getBytes(StandardCharsets.UTF_8));
    }

    /** How many may review. */
    int reviewers() {
        return (int) people.stream().filter(person -> person.may(Right.REVIEW)).count();
    }

    /** Whether anybody may publish. */
    boolean publish() {
        return people.stream().anyMatch(person -> person.may(Right.PUBLISH));
    }

    /** Whose token that is. */
    Optional<Person> of(String token) {
        byte[] presented =
                Digests.sha256(token.getBytes(StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
        return people.stream()
                .filter(person -> MessageDigest.isEqual(person.token().getBytes(StandardCharsets.UTF_8), presented))
                .findFirst();
    }

    /** Says nothing of tokens. */
    @Override
    public String toString() {
        return people.stream().map(Person::name).toList().toString();
    }
}
