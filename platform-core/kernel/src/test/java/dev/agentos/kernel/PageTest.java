package dev.agentos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PageTest {

    @Test
    void aPageTakesWhatFitsAndOneAtLeast() {
        assertThat(Page.fitting(List.of(), 10)).isZero();
        assertThat(Page.fitting(List.of(20L, 1L), 10)).isOne();
        assertThat(Page.fitting(List.of(5L, 5L, 1L), 10)).isEqualTo(2);
        assertThat(Page.fitting(List.of(5L, 4L, 1L), 10)).isEqualTo(3);
    }
}
