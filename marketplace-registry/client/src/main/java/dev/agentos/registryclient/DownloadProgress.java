package dev.agentos.registryclient;

/** Hears how far a download is. Called on the downloading thread; an exception from it ends the download. */
@FunctionalInterface
public interface DownloadProgress {

    /** For those who do not want to know. */
    DownloadProgress NONE = (done, total) -> {};

    /**
     * Called at least once when all bytes are there, and often before.
     *
     * @param bytesDone bytes received so far
     * @param totalBytes bytes that the release has
     */
    void onProgress(long bytesDone, long totalBytes);
}
