import {
  actionValues,
  type Environment,
  logSoftmax,
  logTable,
  type Table,
} from '../../../../scripts/research/tabular/environment.ts';

/** The maximum of E[r] - λ KL: the same with soft values. What PPO with a KL reward converges to. */
export function softOptimum(environment: Environment, lambda: number): Table {
  const initial = logTable(environment.initialLogits);
  const v = initial.map(() => 0);
  const policy: number[][] = initial.map(() => []);
  for (let state = initial.length - 1; state >= 0; state--) {
    const q = actionValues(environment, v, state);
    const logits = initial[state]!.map((logprob, action) => logprob + q[action]! / lambda);
    policy[state] = logSoftmax(logits);
    v[state] = lambda * (logits[0]! - policy[state]![0]!);
  }
  return policy;
}
