package dev.agentos.faultlab.harness;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The server does not do yet what a test asks. The test runs all the same: while it fails it is reported as aborted
 * with this reason, and when it passes it fails until the mark is taken away.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface KnownDefect {

    /** What the server does instead, in a sentence. */
    String value();
}
