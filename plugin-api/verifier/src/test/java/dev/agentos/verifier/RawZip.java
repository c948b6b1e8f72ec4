package dev.agentos.verifier;

import java.io.ByteArrayOutputStream;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes ZIP archives field by field, so that a test can make any of them lie. */
final class RawZip {

    /** One entry; every number can be set apart from the contents. */
    static final class Entry {
        byte[] localName;
        byte[] centralName;
        byte[] data;
        int flags = 0x0800;
        int method = 8;
        long crc;
        long localSize;
        long centralSize;
        long unixMode;
        byte[] behind = {};
        long offset = -1;

        Entry(String name, byte[] contents) {
            localName = name.getBytes(StandardCharsets.UTF_8);
            centralName = localName;
            CRC32 sum = new CRC32();
            sum.update(contents);
            crc = sum.getValue();
            localSize = contents.length;
            centralSize = contents.length;
            data = deflated(contents);
        }
    }

    final List<Entry> entries = new ArrayList<>();
    int countOffset;

    Entry add(String name, byte[] contents) {
        Entry entry = new Entry(name, contents);
        entries.add(entry);
        return entry;
    }

    Entry add(String name, String contents) {
        return add(name, contents.getBytes(StandardCharsets.UTF_8));
    }

    static Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Manifest-Version", "1.0");
        headers.put("Bundle-ManifestVersion", "2");
        headers.put("Bundle-SymbolicName", "sample;singleton:=true");
        headers.put("Bundle-Version", "1.2.0");
        headers.put("Plugin-Id", "sample");
        headers.put("Plugin-Version", "1.2.0");
        headers.put("Plugin-Requires", ">=0.1.0 & <2.0.0");
        headers.put("Plugin-Description", "A sample.");
        headers.put("Plugin-Provider", "Example");
        headers.put("AgentOS-Plugin-Kind", "tool");
        headers.put("AgentOS-Title", "Sample");
        return headers;
    }

    static String manifest(Map<String, String> headers) {
        StringBuilder out = new StringBuilder();
        headers.forEach(
                (name, value) -> out.append(name).append(": ").append(value).append("\r\n"));
        return out.append("\r\n").toString();
    }

    /** A plugin with one extension class, which the verifier accepts. */
    static RawZip plugin(Map<String, String> headers) {
        RawZip zip = new RawZip();
        zip.add("META-INF/MANIFEST.MF", manifest(headers));
        zip.add("META-INF/extensions.idx", "# made by a test\nexample.Tool\n");
        zip.add("example/Tool.class", classFile("example.Tool"));
        return zip;
    }

    static byte[] classFile(String name) {
        return ClassFile.of().build(ClassDesc.of(name), builder -> {});
    }

    static byte[] deflated(byte[] contents) {
        try (Deflater deflater = new Deflater(9, true)) {
            deflater.setInput(contents);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        }
    }

    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream directory = new ByteArrayOutputStream();
        for (Entry entry : entries) {
            long offset = entry.offset >= 0 ? entry.offset : out.size();
            if (entry.offset < 0) {
                out.writeBytes(local(entry));
            }
            directory.writeBytes(central(entry, offset));
        }
        int start = out.size();
        out.writeBytes(directory.toByteArray());
        ByteBuffer end = buffer(22).putInt(0x06054b50).putShort((short) 0).putShort((short) 0);
        end.putShort((short) (entries.size() + countOffset)).putShort((short) (entries.size() + countOffset));
        end.putInt(directory.size()).putInt(start).putShort((short) 0);
        out.writeBytes(end.array());
        return out.toByteArray();
    }

    private static byte[] local(Entry entry) {
        ByteBuffer header = buffer(30 + entry.localName.length + entry.data.length + entry.behind.length);
        header.putInt(0x04034b50)
                .putShort((short) 20)
                .putShort((short) entry.flags)
                .putShort((short) entry.method);
        header.putInt(0);
        boolean descriptor = (entry.flags & 8) != 0;
        header.putInt(descriptor ? 0 : (int) entry.crc).putInt(descriptor ? 0 : entry.data.length);
        header.putInt(descriptor ? 0 : (int) entry.localSize);
        header.putShort((short) entry.localName.length).putShort((short) 0);
        return header.put(entry.localName).put(entry.data).put(entry.behind).array();
    }

    private static byte[] central(Entry entry, long offset) {
        ByteBuffer header = buffer(46 + entry.centralName.length);
        header.putInt(0x02014b50).putShort((short) 0x0314).putShort((short) 20);
        header.putShort((short) entry.flags).putShort((short) entry.method).putInt(0);
        header.putInt((int) entry.crc).putInt(entry.data.length).putInt((int) entry.centralSize);
        header.putShort((short) entry.centralName.length).putShort((short) 0).putShort((short) 0);
        header.putShort((short) 0)
                .putShort((short) 0)
                .putInt((int) (entry.unixMode << 16))
                .putInt((int) offset);
        return header.put(entry.centralName).array();
    }

    static ByteBuffer buffer(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
