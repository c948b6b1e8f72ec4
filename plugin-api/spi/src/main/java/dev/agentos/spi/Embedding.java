package dev.agentos.spi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;

/** A vector of 32-bit floats that stands for the meaning of a text. */
public final class Embedding {

    private final float[] vector;

    private Embedding(float[] vector) {
        this.vector = vector;
    }

    /** The embedding of these components; copied. */
    public static Embedding of(float[] vector) {
        return new Embedding(vector.clone());
    }

    /** Reads what {@link #encoded()} wrote. */
    public static Embedding decode(String encoded) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(encoded)).order(ByteOrder.LITTLE_ENDIAN);
        float[] vector = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(vector);
        return new Embedding(vector);
    }

    /** The components as Base64 of little-endian floats: a compact text for JSON. */
    public String encoded() {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    /** The number of components. */
    public int dimensions() {
        return vector.length;
    }

    /** The components; a copy. */
    public float[] vector() {
        return vector.clone();
    }

    /**
     * The cosine of the angle between two embeddings, -1 to 1; 0 when one of them is the zero vector.
     *
     * @throws IllegalArgumentException if they differ in length
     */
    public double cosine(Embedding other) {
        if (other.vector.length != vector.length) {
            throw new IllegalArgumentException(
                    "Embeddings of " + vector.length + " and " + other.vector.length + " components do not compare");
        }
        double product = 0;
        double own = 0;
        double others = 0;
        for (int i = 0; i < vector.length; i++) {
            product += (double) vector[i] * other.vector[i];
            own += (double) vector[i] * vector[i];
            others += (double) other.vector[i] * other.vector[i];
        }
        return own == 0 || others == 0 ? 0 : product / Math.sqrt(own * others);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Embedding embedding && Arrays.equals(vector, embedding.vector);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(vector);
    }

    @Override
    public String toString() {
        return "Embedding[" + vector.length + "]";
    }
}
