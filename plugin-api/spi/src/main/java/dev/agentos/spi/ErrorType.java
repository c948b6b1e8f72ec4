package dev.agentos.spi;

/** Who can mend a failure; decides the HTTP status and who is told. */
public enum ErrorType {
    /** The request is wrong; the caller changes it. */
    USER,
    /** The caller or the plugin lacks a right; an administrator grants it. */
    DENIED,
    /** A service outside the server failed. */
    EXTERNAL,
    /** A limit of this server is reached: time, memory, quota, capacity. */
    RESOURCES,
    /** A defect of the server or a plugin. */
    INTERNAL
}
