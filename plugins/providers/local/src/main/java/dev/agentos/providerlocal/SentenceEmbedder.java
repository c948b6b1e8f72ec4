package dev.agentos.providerlocal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.agentos.providerlocal.OnnxRuntime.Function;
import dev.agentos.spi.Embedding;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The sentence encoder all-MiniLM-L6-v2, quantised: a text becomes the mean of its pieces' vectors, of length one. One
 * session serves all threads; it computes on two threads of its own.
 */
final class SentenceEmbedder implements AutoCloseable {

    /** Components of an embedding. */
    static final int DIMENSIONS = 384;

    private static final int LOG_ERRORS = 3;
    private static final int THREADS = 2;
    private static final int INT64 = 7;

    /** Texts computed together; more only cost memory. */
    private static final int BATCH = 16;

    private final OnnxRuntime runtime;
    private final WordPieces pieces;
    private MemorySegment environment = MemorySegment.NULL;
    private MemorySegment session = MemorySegment.NULL;
    private MemorySegment memoryInfo = MemorySegment.NULL;

    private SentenceEmbedder(OnnxRuntime runtime, WordPieces pieces) {
        this.runtime = runtime;
        this.pieces = pieces;
    }

    /** Loads library, weights and vocabulary out of the plugin's JAR: some 200 ms and 60 MB. */
    static SentenceEmbedder load(Path folder) {
        WordPieces pieces = new WordPieces(vocabulary());
        SentenceEmbedder embedder = new SentenceEmbedder(OnnxRuntime.load(folder), pieces);
        try {
            embedder.open(resource("/model/all-minilm-l6-v2-q.onnx"));
            return embedder;
        } catch (RuntimeException e) {
            embedder.close();
            throw e;
        }
    }

    /** The vectors of these texts, in order, and the number of pieces read. */
    Result embed(List<String> texts) {
        List<long[]> encoded = texts.stream().map(pieces::encode).toList();
        // Texts of like length go together: a short one is then not padded to the longest of all.
        List<Integer> order = IntStream.range(0, texts.size())
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> encoded.get(i).length))
                .toList();
        @Nullable Embedding[] vectors = new @Nullable Embedding[texts.size()];
        for (int from = 0; from < order.size(); from += BATCH) {
            List<Integer> part = order.subList(from, Math.min(from + BATCH, order.size()));
            List<Embedding> computed = compute(part.stream().map(encoded::get).toList());
            for (int i = 0; i < part.size(); i++) {
                vectors[part.get(i)] = computed.get(i);
            }
        }
        List<Embedding> inOrder = new ArrayList<>(vectors.length);
        for (@Nullable Embedding vector : vectors) {
            if (vector != null) {
                inOrder.add(vector);
            }
        }
        return new Result(inOrder, encoded.stream().mapToLong(ids -> ids.length).sum());
    }

    /** The vectors in the order of the texts, and the number of pieces read. */
    record Result(List<Embedding> embeddings, long tokens) {}

    @Override
    public void close() {
        runtime.release(Function.RELEASE_SESSION, session);
        runtime.release(Function.RELEASE_MEMORY_INFO, memoryInfo);
        runtime.release(Function.RELEASE_ENV, environment);
        runtime.close();
    }

    private void open(byte[] weights) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment out = OnnxRuntime.pointer(scratch);
            runtime.check(Function.CREATE_ENV, LOG_ERRORS, scratch.allocateFrom("agentos"), out);
            environment = out.get(ADDRESS, 0);
            runtime.check(Function.CREATE_CPU_MEMORY_INFO, 1, 0, out);
            memoryInfo = out.get(ADDRESS, 0);
            runtime.check(Function.CREATE_SESSION_OPTIONS, out);
            MemorySegment options = out.get(ADDRESS, 0);
            try {
                runtime.check(Function.SET_INTRA_OP_NUM_THREADS, options, THREADS);
                runtime.check(Function.SET_INTER_OP_NUM_THREADS, options, 1);
                // The arena keeps the memory of the largest batch for ever.
                runtime.check(Function.DISABLE_CPU_MEM_ARENA, options);
                MemorySegment model = scratch.allocateFrom(ValueLayout.JAVA_BYTE, weights);
                runtime.check(
                        Function.CREATE_SESSION_FROM_ARRAY, environment, model, (long) weights.length, options, out);
                session = out.get(ADDRESS, 0);
            } finally {
                runtime.release(Function.RELEASE_SESSION_OPTIONS, options);
            }
        }
    }

    private List<Embedding> compute(List<long[]> texts) {
        int length = texts.stream().mapToInt(ids -> ids.length).max().orElse(0);
        List<MemorySegment> values = new ArrayList<>();
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment ids = scratch.allocate(JAVA_LONG, (long) texts.size() * length);
            MemorySegment mask = scratch.allocate(JAVA_LONG, (long) texts.size() * length);
            for (int text = 0; text < texts.size(); text++) {
                for (int i = 0; i < texts.get(text).length; i++) {
                    ids.setAtIndex(JAVA_LONG, (long) text * length + i, texts.get(text)[i]);
                    mask.setAtIndex(JAVA_LONG, (long) text * length + i, 1);
                }
            }
            MemorySegment types = scratch.allocate(JAVA_LONG, (long) texts.size() * length);
            MemorySegment shape = scratch.allocateFrom(JAVA_LONG, texts.size(), length);
            for (MemorySegment data : List.of(ids, mask, types)) {
                values.add(tensor(scratch, data, shape));
            }
            MemorySegment output = OnnxRuntime.pointer(scratch);
            runtime.check(
                    Function.RUN,
                    session,
                    MemorySegment.NULL,
                    names(scratch, "input_ids", "attention_mask", "token_type_ids"),
                    pointers(scratch, values),
                    3L,
                    names(scratch, "last_hidden_state"),
                    1L,
                    output);
            values.add(output.get(ADDRESS, 0));
            return pooled(scratch, output.get(ADDRESS, 0), texts, length);
        } finally {
            values.forEach(value -> runtime.release(Function.RELEASE_VALUE, value));
        }
    }

    private MemorySegment tensor(Arena scratch, MemorySegment data, MemorySegment shape) {
        MemorySegment out = OnnxRuntime.pointer(scratch);
        runtime.check(Function.CREATE_TENSOR_WITH_DATA, memoryInfo, data, data.byteSize(), shape, 2L, INT64, out);
        return out.get(ADDRESS, 0);
    }

    @SuppressWarnings("restricted")
    private List<Embedding> pooled(Arena scratch, MemorySegment tensor, List<long[]> texts, int length) {
        MemorySegment out = OnnxRuntime.pointer(scratch);
        runtime.check(Function.GET_TENSOR_MUTABLE_DATA, tensor, out);
        MemorySegment data =
                out.get(ADDRESS, 0).reinterpret((long) texts.size() * length * DIMENSIONS * JAVA_FLOAT.byteSize());
        List<Embedding> embeddings = new ArrayList<>();
        for (int text = 0; text < texts.size(); text++) {
            float[] sum = new float[DIMENSIONS];
            for (int i = 0; i < texts.get(text).length; i++) {
                long start = ((long) text * length + i) * DIMENSIONS;
                for (int k = 0; k < DIMENSIONS; k++) {
                    sum[k] += data.getAtIndex(JAVA_FLOAT, start + k);
                }
            }
            embeddings.add(Embedding.of(normalised(sum)));
        }
        return embeddings;
    }

    private static float[] normalised(float[] vector) {
        double square = 0;
        for (float component : vector) {
            square += (double) component * component;
        }
        float norm = (float) Math.sqrt(square);
        for (int k = 0; k < vector.length && norm > 0; k++) {
            vector[k] /= norm;
        }
        return vector;
    }

    private static MemorySegment names(Arena scratch, String... names) {
        return pointers(scratch, Arrays.stream(names).map(scratch::allocateFrom).toList());
    }

    private static MemorySegment pointers(Arena scratch, List<MemorySegment> targets) {
        MemorySegment array = scratch.allocate(ADDRESS, targets.size());
        for (int i = 0; i < targets.size(); i++) {
            array.setAtIndex(ADDRESS, i, targets.get(i));
        }
        return array;
    }

    private static List<String> vocabulary() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new ByteArrayInputStream(resource("/model/bert-vocabulary-en.txt")), StandardCharsets.UTF_8))) {
            return lines.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] resource(String name) {
        try (InputStream in = SentenceEmbedder.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("The plugin lacks " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
