package dev.agentos.web;

import java.util.function.BooleanSupplier;

/**
 * Who follows what.
 *
 * @param topic the id of what is followed; a hint about it wakes the stream
 * @param tenant the id of the tenant whose it is; empty for the platform's
 * @param credential the id of the credential
 * @param allowed whether the credential may still read it; asked now and then while the stream is open
 */
public record Follower(String topic, String tenant, String credential, BooleanSupplier allowed) {}
