package dev.agentos.spi;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.pf4j.Extension;

/**
 * Marks a class as an extension, so that the host finds it. The class implements one or more extension points, is
 * public and has a public constructor without parameters; the annotation processor of PF4J writes its name to
 * {@code META-INF/extensions.idx} when the plugin is compiled.
 */
@Extension
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface AgentOsExtension {}
