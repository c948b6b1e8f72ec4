package dev.agentos.pluginruntime.site;

import java.util.Optional;

/** One file of a {@link Site}, ready to be sent. */
public final class SiteFile {

    private final byte[] content;
    private final Optional<byte[]> compressed;
    private final String type;
    private final String digest;
    private final boolean lasting;

    SiteFile(byte[] content, Optional<byte[]> compressed, String type, String digest, boolean lasting) {
        this.content = content;
        this.compressed = compressed;
        this.type = type;
        this.digest = digest;
        this.lasting = lasting;
    }

    /** Its bytes, which nobody changes: they are sent to many. */
    public byte[] content() {
        return content;
    }

    /** The same by gzip; empty when that saves nothing. */
    public Optional<byte[]> compressed() {
        return compressed;
    }

    /** Its media type. */
    public String type() {
        return type;
    }

    /** What changes with its content, 24 hexadecimal digits. */
    public String digest() {
        return digest;
    }

    /** Whether another content would have another name, so that it may be kept for ever. */
    public boolean lasting() {
        return lasting;
    }
}
