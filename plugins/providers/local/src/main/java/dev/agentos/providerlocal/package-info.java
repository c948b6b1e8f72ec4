/**
 * Models that run on this machine: sentence embeddings by ONNX Runtime, and an answering model that quotes passages and
 * is no language model.
 *
 * <p>ONNX Runtime is called through its C interface and the JDK's foreign functions, not through its Java classes:
 * those register a shutdown hook, which would keep every version of the plugin that was ever swapped in memory.
 */
@NullMarked
package dev.agentos.providerlocal;

import org.jspecify.annotations.NullMarked;
