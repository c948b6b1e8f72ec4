package dev.agentos.scripting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmRuntimeException;

class GuestMemoryTest {

    private static final GuestImage IMAGE = GuestImage.create();
    private static final int PAGE = Memory.PAGE_SIZE;

    private final long seed = Long.getLong("test.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final MemoryBudget budget = new MemoryBudget(1000);
    private final GuestMemory memory = new GuestMemory(IMAGE, IMAGE.pages() + 4, budget);
    private ByteBuffer model =
            ByteBuffer.wrap(memory.readBytes(0, IMAGE.pages() * PAGE)).order(ByteOrder.LITTLE_ENDIAN);

    /** The same operations on plain bytes come to the same, at every border of a leaf and of the memory. */
    @Test
    void behavesAsPlainBytes() {
        for (int round = 0; round < 30_000; round++) {
            step();
            if (round % 10_000 == 5_000) {
                assertThat(memory.grow(2)).isEqualTo(round < 20_000 ? model.capacity() / PAGE : -1);
                if (round < 20_000) {
                    model = ByteBuffer.wrap(Arrays.copyOf(model.array(), model.capacity() + 2 * PAGE))
                            .order(ByteOrder.LITTLE_ENDIAN);
                }
            }
        }
        assertThat(memory.exhausted()).isTrue();
        assertThat(memory.starved()).isFalse();
        assertThat(memory.pages()).isEqualTo(IMAGE.pages() + 4);
        assertThat(budget.freePages()).isEqualTo(996);
        same();
    }

    private void step() {
        int at = address();
        long value = random.nextLong();
        switch (random.nextInt(12)) {
            case 0 -> {
                memory.writeByte(at, (byte) value);
                model.put(at, (byte) value);
            }
            case 1 -> {
                memory.writeShort(at, (short) value);
                model.putShort(at, (short) value);
            }
            case 2 -> {
                memory.writeI32(at, (int) value);
                model.putInt(at, (int) value);
            }
            case 3 -> {
                memory.writeLong(at, value);
                model.putLong(at, value);
            }
            case 4 -> {
                memory.writeF32(at, (float) value);
                model.putFloat(at, (float) value);
            }
            case 5 -> {
                memory.writeF64(at, value);
                model.putDouble(at, value);
            }
            case 6 -> {
                read(at);
            }
            default -> range(at, (byte) value);
        }
    }

    private void range(int at, byte value) {
        switch (random.nextInt(5)) {
            case 0 -> {
                int size = size(at);
                memory.fill(value, at, at + size);
                Arrays.fill(model.array(), at, at + size, value);
            }
            case 1 -> {
                int other = address();
                int size = Math.min(size(at), size(other));
                memory.copy(at, other, size);
                System.arraycopy(model.array(), other, model.array(), at, size);
            }
            case 2 -> {
                int near = Math.clamp(at + random.nextInt(-6000, 6000), 0, model.capacity() - 8);
                int size = Math.min(size(at), size(near));
                memory.copy(at, near, size);
                System.arraycopy(model.array(), near, model.array(), at, size);
            }
            case 3 -> {
                byte[] data = new byte[size(at) + 3];
                random.nextBytes(data);
                memory.write(at, data, 3, data.length - 3);
                System.arraycopy(data, 3, model.array(), at, data.length - 3);
            }
            default -> {
                int size = size(at);
                assertThat(memory.readBytes(at, size)).isEqualTo(Arrays.copyOfRange(model.array(), at, at + size));
            }
        }
    }

    private void read(int at) {
        assertThat(memory.read(at)).isEqualTo(model.get(at));
        assertThat(memory.readShort(at)).isEqualTo(model.getShort(at));
        assertThat(memory.readU16(at)).isEqualTo(model.getShort(at) & 0xFFFF);
        assertThat(memory.readInt(at)).isEqualTo(model.getInt(at));
        assertThat(memory.readLong(at)).isEqualTo(model.getLong(at));
        assertThat(memory.readF64(at)).isEqualTo(model.getLong(at));
        assertThat(memory.readF32(at)).isEqualTo(model.getInt(at));
        assertThat(Float.floatToIntBits(memory.readFloat(at))).isEqualTo(Float.floatToIntBits(model.getFloat(at)));
        assertThat(Double.doubleToLongBits(memory.readDouble(at)))
                .isEqualTo(Double.doubleToLongBits(model.getDouble(at)));
    }

    /** Mostly near the border of a leaf. */
    private int address() {
        int at = random.nextInt(model.capacity() - 8);
        return random.nextInt(3) == 0 ? at : Math.clamp((at & -4096) + random.nextInt(-9, 9), 0, model.capacity() - 8);
    }

    private int size(int address) {
        return random.nextInt(Math.min(model.capacity() - address, 10_000) + 1);
    }

    private void same() {
        assertThat(Arrays.mismatch(memory.readBytes(0, model.capacity()), model.array()))
                .as("first difference, seed " + seed)
                .isEqualTo(-1);
    }

    @Test
    void hasNothingOutside() {
        int end = memory.pages() * PAGE;
        for (int at :
                new int[] {end, end - 1, end - 3, end + 5000, -1, -3, -4096, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            refused(() -> memory.readLong(at));
            refused(() -> memory.writeLong(at, 1));
            refused(() -> memory.readBytes(at, 8));
            refused(() -> memory.write(at, new byte[8], 0, 8));
            refused(() -> memory.fill((byte) 1, at, at + 8));
            refused(() -> memory.copy(at, 0, 8));
            refused(() -> memory.copy(0, at, 8));
        }
        for (int at : new int[] {end, -1, Integer.MIN_VALUE}) {
            refused(() -> memory.read(at));
            refused(() -> memory.writeByte(at, (byte) 1));
        }
        refused(() -> memory.readInt(end - 2));
        refused(() -> memory.readShort(end - 1));
        refused(() -> memory.readBytes(0, -1));
        refused(() -> memory.readBytes(16, Integer.MAX_VALUE));
        refused(() -> memory.copy(0, 8, -1));
        refused(() -> memory.fill((byte) 1, 8, 4));
        assertThat(memory.grow(-1)).isEqualTo(-1);
        assertThat(memory.grow(Integer.MAX_VALUE)).isEqualTo(-1);
        assertThat(memory.grow(0)).isEqualTo(IMAGE.pages());
        same();
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable access) {
        assertThatThrownBy(access).isInstanceOf(WasmRuntimeException.class);
    }

    @Test
    void doesNotShareWhatItWrites() {
        GuestMemory other = new GuestMemory(IMAGE, 100, budget);
        for (int at = 0; at < memory.pages() * PAGE; at += 1000) {
            memory.writeI32(at, random.nextInt());
        }
        memory.grow(1);
        memory.writeI32(IMAGE.pages() * PAGE + 8, 77);
        assertThat(Arrays.mismatch(other.readBytes(0, model.capacity()), model.array()))
                .isEqualTo(-1);
        other.grow(1);
        assertThat(other.readInt(IMAGE.pages() * PAGE + 8)).isZero();
        GuestMemory later = new GuestMemory(IMAGE, 100, budget);
        assertThat(Arrays.mismatch(later.readBytes(0, model.capacity()), model.array()))
                .isEqualTo(-1);
    }

    @Test
    void asksTheBudgetForWhatItGrows() throws InterruptedException {
        assertThat(budget.begin(999, Duration.ZERO)).isTrue();
        assertThat(memory.grow(2)).isEqualTo(-1);
        assertThat(memory.starved()).isTrue();
        assertThat(memory.grow(1)).isEqualTo(IMAGE.pages());
        assertThat(budget.freePages()).isZero();
        assertThat(budget.begin(1, Duration.ofMillis(10))).isFalse();
    }

    @Test
    void theImageIsTheSameEachTime() {
        byte[][] again = GuestImage.create().leaves();
        byte[][] first = IMAGE.leaves();
        assertThat(again).hasDimensions(first.length, GuestMemory.LEAF);
        for (int i = 0; i < first.length; i++) {
            assertThat(Arrays.equals(again[i], first[i])).as("leaf " + i).isTrue();
        }
    }
}
