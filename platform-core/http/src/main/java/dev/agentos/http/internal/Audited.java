package dev.agentos.http.internal;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A resource method of which a record is kept although it only reads, or whose record may be written a moment after its
 * answer, because it is called often. Methods that change something are recorded without it, before they answer.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Audited {}
