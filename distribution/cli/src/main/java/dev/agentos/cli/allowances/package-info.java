/** Commands about how much may be used and what it costs: budgets, limits, quotas, plans, retention. */
@NullMarked
package dev.agentos.cli.allowances;

import org.jspecify.annotations.NullMarked;
