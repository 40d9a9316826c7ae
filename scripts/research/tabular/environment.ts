/** A table of probabilities or log-probabilities: [state][action]. */
export type Table = readonly (readonly number[])[];

/** A small decision tree whose optima can be worked out: states in order of depth, reward on the edge that ends it. */
export interface Environment {
  /** [state][action] next state, or -1 where the episode ends. */
  readonly child: Table;
  readonly reward: Table;
  /** Logits of the initial policy. */
  readonly initialLogits: Table;
  /** Longest episode. */
  readonly depth: number;
}

export interface PolicyMetrics {
  readonly reward: number;
  /** KL(π || π_init) of a whole episode. */
  readonly kl: number;
  readonly entropy: number;
}

/** log softmax of one state's logits, in float64. */
export function logSoftmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const most = Math.max(...values);
  const total = most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
  return values.map((value) => value - total);
}

export const logTable = (logits: Table): Table => logits.map(logSoftmax);

/** Reward of an edge plus the value of where it leads. */
export function actionValues({ child, reward }: Environment, values: readonly number[], state: number): number[] {
  return child[state]!.map((next, action) => reward[state]![action]! + (next < 0 ? 0 : values[next]!));
}

function expectation(logprobs: readonly number[], values: readonly number[]): number {
  return logprobs.reduce((sum, logprob, action) => sum + Math.exp(logprob) * values[action]!, 0);
}

/** Q and V of a policy by backward induction. */
export function hardValues(
  environment: Environment,
  policy: Table,
): { readonly q: Table; readonly v: readonly number[] } {
  const v = policy.map(() => 0);
  const q: number[][] = policy.map(() => []);
  for (let state = policy.length - 1; state >= 0; state--) {
    q[state] = actionValues(environment, v, state);
    v[state] = expectation(policy[state]!, q[state]!);
  }
  return { q, v };
}

/** Expected visits of each state in an episode. */
export function visits({ child }: Environment, policy: Table): readonly number[] {
  const d = policy.map((_, state) => (state === 0 ? 1 : 0));
  child.forEach((row, state) => {
    row.forEach((next, action) => {
      if (next >= 0) d[next]! += d[state]! * Math.exp(policy[state]![action]!);
    });
  });
  return d;
}

/** Exact reward, KL and entropy of a policy. */
export function policyMetrics(environment: Environment, policy: Table): PolicyMetrics {
  const initial = logTable(environment.initialLogits);
  const d = visits(environment, policy);
  const overEpisode = (of: (state: number, action: number) => number) =>
    policy.reduce(
      (sum, row, state) =>
        sum +
        d[state]! *
          expectation(
            row,
            row.map((_, action) => of(state, action)),
          ),
      0,
    );
  return {
    reward: hardValues(environment, policy).v[0]!,
    kl: overEpisode((state, action) => policy[state]![action]! - initial[state]![action]!),
    entropy: -overEpisode((state, action) => policy[state]![action]!),
  };
}

/** What APA converges to: π(a|s) ~ π_init exp(Q/λ) with Q of future reward alone. */
export function apaFixedPoint(environment: Environment, lambda: number): Table {
  const initial = logTable(environment.initialLogits);
  const v = initial.map(() => 0);
  const policy: number[][] = initial.map(() => []);
  for (let state = initial.length - 1; state >= 0; state--) {
    const q = actionValues(environment, v, state);
    policy[state] = logSoftmax(initial[state]!.map((logprob, action) => logprob + q[action]! / lambda));
    v[state] = expectation(policy[state]!, q);
  }
  return policy;
}

/** One state, eight arms; the best arm is the rarest. */
export function bandit(): Environment {
  return {
    child: [Array<number>(8).fill(-1)],
    reward: [[0.1, 0.3, 0.2, 0.5, 0.4, 0.7, 0.6, 1]],
    initialLogits: [[2, 1.5, 1, 0.5, 0, -0.5, -1, -1.5]],
    depth: 1,
  };
}

function treeReward(tokens: readonly number[], isEnded: boolean): number {
  const count = (token: number) => tokens.filter((one) => one === token).length;
  const hasPair = tokens.some((token, i) => token === 1 && tokens[i + 1] === 2);
  return 0.3 * count(3) - 0.2 * count(2) + (isEnded ? 0.5 : 0) + (hasPair ? 0.6 : 0);
}

/** Tokens 0 (end), 1, 2, 3; at most three. Best is "3 3 end", a trap is "1 2 end". */
export function tree(): Environment {
  const letters = [1, 2, 3];
  const states = [[], ...letters.map((a) => [a]), ...letters.flatMap((a) => letters.map((b) => [a, b]))] as number[][];
  const indexOf = (tokens: readonly number[]) => states.findIndex((state) => state.join() === tokens.join());
  const isLast = (state: readonly number[]) => state.length === 2;
  return {
    child: states.map((state) => [-1, ...letters.map((a) => (isLast(state) ? -1 : indexOf([...state, a])))]),
    reward: states.map((state) => [
      treeReward(state, true),
      ...letters.map((a) => (isLast(state) ? treeReward([...state, a], false) : 0)),
    ]),
    initialLogits: states.map((_, i) => [0, 1, 2, 3].map((a) => 1.5 * Math.sin(1.3 * (i + 1) * (a + 1)))),
    depth: 3,
  };
}
