/**
 * What an API over HTTP stands on, whatever it serves: credentials, scopes, records, problems, request bodies, cursors,
 * event streams, and the description that is written from the resources' annotations.
 */
@NullMarked
package dev.agentos.web;

import org.jspecify.annotations.NullMarked;
