/** A pack with a node type of its own. */
package examples.triage;
