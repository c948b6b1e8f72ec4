package dev.agentos.web;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What the API's description says of a resource method. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Describes {

    /** The operation's id, which client generators name their functions by; it never changes. */
    String id();

    /** What it does, one line. */
    String summary();

    /** The schema of the request's body; empty when there is none. */
    String request() default "";

    /** The schema of the answer; empty when it has no JSON body. */
    String response() default "";

    /** The status of success. */
    int status() default 200;

    /** The schema of an answer with the status 200, where the usual status of success is another. */
    String complete() default "";

    /** Whether it also answers with a stream of server-sent events. */
    boolean streams() default false;
}
