/**
 * Makes a provider plugin of a langchain4j integration: extend {@code LangChainModelProvider} or
 * {@code LangChainEmbeddingProvider} and say how the model is built. Embedded in each provider's JAR with the
 * langchain4j that it was built with.
 */
@NullMarked
package dev.agentos.langchain4jsupport;

import org.jspecify.annotations.NullMarked;
