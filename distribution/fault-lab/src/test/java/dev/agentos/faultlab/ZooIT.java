package dev.agentos.faultlab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.agentos.faultlab.harness.Lab;
import dev.agentos.faultlab.harness.LabExtension;
import dev.agentos.faultlab.harness.Person;
import dev.agentos.faultlab.harness.Specimen;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The zoo without any fault: each graph ends as its file says. */
@ExtendWith(LabExtension.class)
class ZooIT {

    @Test
    void everyGraphEndsAsItsFileSays(Lab lab) {
        Map<String, Specimen> started = new LinkedHashMap<>();
        try (Person person = new Person(lab)) {
            for (Specimen specimen : Specimen.all()) {
                if (lab.offers(specimen)) {
                    String id = lab.start(lab.a(), specimen);
                    person.care(id, specimen);
                    started.put(id, specimen);
                } else {
                    lab.evidence("without " + specimen);
                }
            }
            started.forEach((id, specimen) -> specimen.check(lab.b1().end(id)));
        }
        assertThat(started).hasSizeGreaterThanOrEqualTo(25);
        lab.evidence(started.size() + " graphs");
    }
}
