package dev.agentos.pluginruntime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.verifier.JdkLinks;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SharedPackagesTest {

    @Test
    void pluginsSeeThePackagesOfTheListOfWhatTheyMayLinkAndNoOthers() throws Exception {
        Set<String> linkable;
        try (InputStream in = Objects.requireNonNull(JdkLinks.class.getResourceAsStream("jdk-classes.txt"))) {
            linkable = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.startsWith("java.") && !line.isBlank())
                    .map(line -> line.substring(0, line.lastIndexOf('.', line.indexOf(' '))))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
        assertThat(Set.of(SharedPackages.OF_JDK.split(","))).isEqualTo(linkable);
    }

    @Test
    void namesAreThoseOfThePackages() {
        assertThat(SharedPackages.names()).contains("dev.agentos.spi", "org.slf4j", "com.fasterxml.jackson.databind");
    }
}
