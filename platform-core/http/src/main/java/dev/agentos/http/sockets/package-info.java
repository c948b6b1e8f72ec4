/** Events over WebSocket (RFC 6455): any number of executions on one connection, both ways in JSON texts. */
@NullMarked
package dev.agentos.http.sockets;

import org.jspecify.annotations.NullMarked;
