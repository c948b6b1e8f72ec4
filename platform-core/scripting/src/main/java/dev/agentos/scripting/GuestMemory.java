package dev.agentos.scripting;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmRuntimeException;
import run.endive.wasm.types.DataSegment;

/**
 * The memory of one script. It begins as the image, of which it copies a leaf of 4 KiB when it first writes to it: a
 * script touches a few dozen leaves of the hundreds that QuickJS occupies. It grows no further than the script's limit
 * and the budget of all scripts allow. What lies outside is outside the arrays too, so that no address leads out of it.
 */
final class GuestMemory implements Memory {

    static final int LEAF = 4096;

    /** A leaf to which nobody has written. */
    static final byte[] BLANK = new byte[LEAF];

    private static final int SHIFT = 12;
    private static final int INSIDE = LEAF - 1;
    private static final int LEAVES_PER_PAGE = PAGE_SIZE / LEAF;
    private static final VarHandle SHORT = view(short[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle LONG = view(long[].class);

    private final GuestImage image;
    private final int mostPages;
    private final MemoryBudget budget;

    /** Every leaf: one of the image, the blank one, or an own one. */
    private byte[][] leaves;

    /** Where the leaf is an own one. */
    private boolean[] own;

    private int pages;
    private boolean exhausted;
    private boolean starved;

    /** Memory that begins as that image, whose pages have been taken from the budget. */
    GuestMemory(GuestImage image, int mostPages, MemoryBudget budget) {
        this.image = image;
        this.mostPages = Math.max(mostPages, image.pages());
        this.budget = budget;
        this.pages = image.pages();
        this.leaves = image.leaves();
        this.own = new boolean[leaves.length];
    }

    /** Whether it wanted to grow over its limit. */
    boolean exhausted() {
        return exhausted;
    }

    /** Whether it wanted to grow when the server had no more for scripts. */
    boolean starved() {
        return starved;
    }

    @Override
    public int grow(int more) {
        int before = pages;
        if (more <= 0) {
            return more == 0 ? before : -1;
        }
        if (more > mostPages - before) {
            exhausted = true;
            return -1;
        }
        if (!budget.grow(more)) {
            starved = true;
            return -1;
        }
        int size = leaves.length;
        leaves = Arrays.copyOf(leaves, size + more * LEAVES_PER_PAGE);
        Arrays.fill(leaves, size, leaves.length, BLANK);
        own = Arrays.copyOf(own, leaves.length);
        pages = before + more;
        return before;
    }

    @Override
    public int pages() {
        return pages;
    }

    @Override
    public int initialPages() {
        return image.pages();
    }

    @Override
    public int maximumPages() {
        return mostPages;
    }

    @Override
    public boolean shared() {
        return false;
    }

    /** The image stands for what the module's data segments would have become. */
    @Override
    public void initialize(Instance instance, DataSegment[] segments) {
        leaves = image.leaves();
        own = new boolean[leaves.length];
    }

    @Override
    public void zero() {
        Arrays.fill(leaves, BLANK);
        Arrays.fill(own, false);
    }

    @Override
    public byte read(int address) {
        try {
            return leaves[address >>> SHIFT][address & INSIDE];
        } catch (ArrayIndexOutOfBoundsException e) {
            throw outside(address);
        }
    }

    @Override
    public short readShort(int address) {
        int at = address & INSIDE;
        if (at > LEAF - Short.BYTES) {
            return (short) readAcross(address, Short.BYTES);
        }
        try {
            return (short) SHORT.get(leaves[address >>> SHIFT], at);
        } catch (ArrayIndexOutOfBoundsException e) {
            throw outside(address);
        }
    }

    @Override
    public int readInt(int address) {
        int at = address & INSIDE;
        if (at > LEAF - Integer.BYTES) {
            return (int) readAcross(address, Integer.BYTES);
        }
        try {
            return (int) INT.get(leaves[address >>> SHIFT], at);
        } catch (ArrayIndexOutOfBoundsException e) {
            throw outside(address);
        }
    }

    @Override
    public long readLong(int address) {
        int at = address & INSIDE;
        if (at > LEAF - Long.BYTES) {
            return readAcross(address, Long.BYTES);
        }
        try {
            return (long) LONG.get(leaves[address >>> SHIFT], at);
        } catch (ArrayIndexOutOfBoundsException e) {
            throw outside(address);
        }
    }

    @Override
    public void writeByte(int address, byte data) {
        leafToWrite(address)[address & INSIDE] = data;
    }

    @Override
    public void writeShort(int address, short data) {
        int at = address & INSIDE;
        if (at > LEAF - Short.BYTES) {
            writeAcross(address, data, Short.BYTES);
        } else {
            SHORT.set(leafToWrite(address), at, data);
        }
    }

    @Override
    public void writeI32(int address, int data) {
        int at = address & INSIDE;
        if (at > LEAF - Integer.BYTES) {
            writeAcross(address, data, Integer.BYTES);
        } else {
            INT.set(leafToWrite(address), at, data);
        }
    }

    @Override
    public void writeLong(int address, long data) {
        int at = address & INSIDE;
        if (at > LEAF - Long.BYTES) {
            writeAcross(address, data, Long.BYTES);
        } else {
            LONG.set(leafToWrite(address), at, data);
        }
    }

    @Override
    public byte[] readBytes(int address, int length) {
        checkRange(address, length);
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            int from = address + done;
            int part = Math.min(length - done, LEAF - (from & INSIDE));
            System.arraycopy(leaves[from >>> SHIFT], from & INSIDE, bytes, done, part);
            done += part;
        }
        return bytes;
    }

    @Override
    public void write(int address, byte[] data, int offset, int size) {
        checkRange(address, size);
        for (int done = 0; done < size; ) {
            int to = address + done;
            int part = Math.min(size - done, LEAF - (to & INSIDE));
            System.arraycopy(data, offset + done, leafToWrite(to), to & INSIDE, part);
            done += part;
        }
    }

    @Override
    public void fill(byte value, int from, int to) {
        checkRange(from, to - from);
        for (int at = from; at < to; ) {
            int part = Math.min(to - at, LEAF - (at & INSIDE));
            Arrays.fill(leafToWrite(at), at & INSIDE, (at & INSIDE) + part, value);
            at += part;
        }
    }

    /** As if all were read before anything is written. */
    @Override
    public void copy(int destination, int source, int size) {
        checkRange(destination, size);
        checkRange(source, size);
        for (int left = size; left > 0; ) {
            boolean forwards = destination <= source;
            int from = forwards ? source + size - left : source + left;
            int to = forwards ? destination + size - left : destination + left;
            int part = Math.min(left, forwards ? Math.min(ahead(from), ahead(to)) : Math.min(behind(from), behind(to)));
            int shift = forwards ? 0 : part;
            byte[] leaf = leafToWrite(to - shift);
            System.arraycopy(
                    leaves[(from - shift) >>> SHIFT], (from - shift) & INSIDE, leaf, (to - shift) & INSIDE, part);
            left -= part;
        }
    }

    @Override
    public long readU16(int address) {
        return readShort(address) & 0xFFFFL;
    }

    @Override
    public long readF32(int address) {
        return readInt(address);
    }

    @Override
    public float readFloat(int address) {
        return Float.intBitsToFloat(readInt(address));
    }

    @Override
    public void writeF32(int address, float data) {
        writeI32(address, Float.floatToRawIntBits(data));
    }

    @Override
    public long readF64(int address) {
        return readLong(address);
    }

    @Override
    public double readDouble(int address) {
        return Double.longBitsToDouble(readLong(address));
    }

    @Override
    public void writeF64(int address, double data) {
        writeLong(address, Double.doubleToRawLongBits(data));
    }

    // QuickJS is compiled without threads and without passive data segments.

    @Override
    @SuppressWarnings("removal")
    public Object lock(int address) {
        throw new UnsupportedOperationException();
    }

    @Override
    @SuppressWarnings("removal")
    public int waitOn(int address, int expected, long timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    @SuppressWarnings("removal")
    public int waitOn(int address, long expected, long timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    @SuppressWarnings("removal")
    public int notify(int address, int most) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void initPassiveSegment(int segment, int destination, int offset, int size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void drop(int segment) {
        throw new UnsupportedOperationException();
    }

    private byte[] leafToWrite(int address) {
        int index = address >>> SHIFT;
        try {
            byte[] leaf = leaves[index];
            if (!own[index]) {
                leaf = leaf.clone();
                leaves[index] = leaf;
                own[index] = true;
            }
            return leaf;
        } catch (ArrayIndexOutOfBoundsException e) {
            throw outside(address);
        }
    }

    private long readAcross(int address, int bytes) {
        long value = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            value = value << Byte.SIZE | read(address + i) & 0xFF;
        }
        return value;
    }

    private void writeAcross(int address, long data, int bytes) {
        // The last byte first: nothing is written when the value does not fit.
        for (int i = bytes - 1; i >= 0; i--) {
            writeByte(address + i, (byte) (data >>> (i * Byte.SIZE)));
        }
    }

    private void checkRange(int address, int size) {
        if (address < 0 || size < 0 || address > pages * PAGE_SIZE - size) {
            throw outside(address);
        }
    }

    private static int ahead(int address) {
        return LEAF - (address & INSIDE);
    }

    private static int behind(int address) {
        return ((address - 1) & INSIDE) + 1;
    }

    /** A negative address is below the guest's stack. */
    private static WasmRuntimeException outside(int address) {
        return new WasmRuntimeException("out of bounds memory access at " + address);
    }

    private static VarHandle view(Class<?> array) {
        return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
    }
}
