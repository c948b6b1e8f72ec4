package dev.agentos.web.resources;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A resource of things that are set: the records of its changes say what was before and after, as its methods show it
 * that read. Without it they do not, because a record can never be changed and what people write may have to be erased.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface RecordsChanges {

    /** Members that are about people, of which a record says only that they were changed. */
    String[] personal() default {};
}
