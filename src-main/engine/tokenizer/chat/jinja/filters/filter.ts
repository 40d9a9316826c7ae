import type { Budget } from '../budget.ts';
import type { Args, Value } from '../values/values.ts';

/** `value | name(…)`. Throws Python's faults and refuses what Keel does not have. */
export type Filter = (value: Value, args: Args, budget: Budget) => Value;
