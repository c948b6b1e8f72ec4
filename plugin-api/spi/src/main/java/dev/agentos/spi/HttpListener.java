package dev.agentos.spi;

/** Receives the body of a response while it comes. */
@FunctionalInterface
public interface HttpListener {

    /**
     * The next bytes of the body.
     *
     * @param response the response without its body
     * @param bytes never empty; at most 16 KiB
     */
    void onBytes(HttpResponse response, byte[] bytes);
}
