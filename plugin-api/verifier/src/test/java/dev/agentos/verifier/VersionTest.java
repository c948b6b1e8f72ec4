package dev.agentos.verifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VersionTest {

    @Test
    void ordersByPrecedence() {
        String[] ascending = {
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.9.0",
            "1.10.0",
            "2.0.0"
        };
        for (int i = 1; i < ascending.length; i++) {
            assertThat(SemanticVersion.parse(ascending[i])).isGreaterThan(SemanticVersion.parse(ascending[i - 1]));
        }
        assertThat(SemanticVersion.parse("1.0.0-rc.1").isPreRelease()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.2",
                "01.2.3",
                "1.2.3.4",
                "v1.2.3",
                "1.2.3-",
                "1.2.3-a..b",
                " 1.2.3",
                "1.2.3+x",
                "99999999999999999999.0.0"
            })
    void refusesWhatIsNoVersion(String text) {
        assertThatThrownBy(() -> SemanticVersion.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "*,1.0.0,true",
        "'',1.0.0,true",
        "1.0.0,1.0.0,true",
        "1.0.0,1.0.1,false",
        ">=1.0.0 & <2.0.0,1.9.9,true",
        ">=1.0.0 & <2.0.0,2.0.0,false",
        "^1.4.0,1.9.0,true",
        "~1.4.0,1.5.0,false",
        "1.x,1.7.2,true",
        ">=2.0.0,2.0.0-rc.1,false",
        "2.0.0-rc.1,2.0.0-rc.1,true",
        "2.0.0-rc.1,2.0.0-rc.2,false",
        "2.0.0-rc.1,2.0.0,false",
        "1.0.0,1.0.0-rc.1,false"
    })
    void decidesWhatIsInARange(String range, String version, boolean expected) {
        assertThat(VersionRange.parse(range).contains(SemanticVersion.parse(version)))
                .isEqualTo(expected);
    }

    @Test
    void readsAPlainRequirementAsAtLeast() {
        assertThat(VersionRange.parseRequirement("1.0.0").contains(SemanticVersion.parse("1.5.0")))
                .isTrue();
        assertThat(VersionRange.parseRequirement("1.0.0").contains(SemanticVersion.parse("0.9.0")))
                .isFalse();
        assertThat(VersionRange.parseRequirement("1.0.0-rc.1").contains(SemanticVersion.parse("1.0.0")))
                .isTrue();
        assertThat(VersionRange.parseRequirement("1.0.0-rc.2").contains(SemanticVersion.parse("1.0.0-rc.1")))
                .isFalse();
        assertThat(VersionRange.parseRequirement(">=1.0.0")).isEqualTo(VersionRange.parseRequirement("1.0.0"));
    }

    @Test
    void refusesRangesThatAreNoneOrTooLong() {
        assertThatThrownBy(() -> VersionRange.parse("soon")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> VersionRange.parse("(".repeat(250))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> VersionRange.parse(">".repeat(1_000))).isInstanceOf(IllegalArgumentException.class);
    }
}
