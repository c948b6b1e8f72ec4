package dev.agentos.web;

import dev.agentos.tenancy.Scope;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a credential must hold to call a resource method: all of these scopes. A method without it is never served. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface RequiresScope {

    /** The scopes; none means that any valid credential will do. */
    Scope[] value();

    /** Whether no credential is needed, because the request is there to get one. */
    boolean beforeLogin() default false;
}
