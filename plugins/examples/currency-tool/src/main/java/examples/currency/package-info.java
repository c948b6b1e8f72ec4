/** A tool that asks a service with a key. */
package examples.currency;
