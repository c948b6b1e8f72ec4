/** A provider of models on langchain4j. */
package examples.ollama;
