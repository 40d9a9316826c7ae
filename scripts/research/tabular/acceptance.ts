import type { Runtime } from '#engine/runtime/types.ts';
import { apaFixedPoint, bandit, type Environment, policyMetrics, tree } from './environment.ts';
import type { PopulationMethod } from './population.ts';
import { runSampled } from './sampled.ts';

export interface TabularFinding {
  readonly claim: string;
  /** What was measured, in words. */
  readonly figure: string;
  readonly holds: boolean;
}

interface Mean {
  readonly kl: number;
  readonly entropy: number;
}

export interface TabularSize {
  readonly replicas: number;
  readonly seed: number;
  /** Only claims about the bandit, for a quick look. */
  readonly banditOnly: boolean;
}

const LAMBDAS = [0.05, 0.1, 0.5, 1];
const ITERATIONS = 300;
const INITIAL_ENTROPY = 1.6104;

type Measure = (name: 'bandit8' | 'tree13', method: PopulationMethod, lambda: number) => Mean;

function measureOnce(runtime: Runtime, { replicas, seed }: TabularSize): Measure {
  const environments: Record<string, Environment> = { bandit8: bandit(), tree13: tree() };
  const known = new Map<string, Mean>();
  return (name, method, lambda) => {
    const key = `${name} ${method} ${lambda}`;
    const found = known.get(key);
    if (found) return found;
    const results = runSampled(runtime, environments[name]!, {
      method,
      lambda,
      replicas,
      iterations: ITERATIONS,
      seed,
    });
    const mean = (pick: (one: Mean) => number) => results.reduce((sum, one) => sum + pick(one), 0) / replicas;
    const measured = { kl: mean((one) => one.kl), entropy: mean((one) => one.entropy) };
    known.set(key, measured);
    return measured;
  };
}

const round = (x: number) => x.toFixed(4);

/** 1. APA's KL lies at its closed form. The tree at λ = 0.05 has two outcomes, trap and optimum, and is left out. */
function closedForms(measure: Measure, name: 'bandit8' | 'tree13', share: number): readonly TabularFinding[] {
  const environment = name === 'bandit8' ? bandit() : tree();
  return LAMBDAS.filter((lambda) => name === 'bandit8' || lambda >= 0.1).map((lambda) => {
    const want = policyMetrics(environment, apaFixedPoint(environment, lambda)).kl;
    const { kl } = measure(name, 'apa', lambda);
    return {
      claim: `APA on ${name}, λ = ${lambda}: KL at its closed form`,
      figure: `${round(kl)} for ${round(want)}`,
      holds: Math.abs(kl - want) <= Math.max(0.02, share * want),
    };
  });
}

function falls(measure: Measure, name: 'bandit8' | 'tree13', method: PopulationMethod): TabularFinding {
  const kls = LAMBDAS.map((lambda) => measure(name, method, lambda).kl);
  return {
    claim: `${method} on ${name}: KL falls as λ rises`,
    figure: kls.map(round).join(' > '),
    holds: kls.every((kl, i) => i === 0 || kl < kls[i - 1]!),
  };
}

function deterministic(measure: Measure, name: 'bandit8' | 'tree13'): readonly TabularFinding[] {
  const awr = LAMBDAS.map((lambda) => measure(name, 'awr', lambda).entropy);
  const ppo = measure(name, 'ppo', LAMBDAS[0]!).entropy;
  return [
    {
      claim: `AWR on ${name} ends deterministic for every λ`,
      figure: awr.map(round).join(', '),
      holds: Math.max(...awr) < 0.01,
    },
    { claim: `PPO without KL on ${name} ends deterministic`, figure: round(ppo), holds: ppo < 0.02 },
  ];
}

function control(measure: Measure): TabularFinding {
  const { entropy } = measure('bandit8', 'apa', 0.5);
  return {
    claim: 'APA on bandit8, λ = 0.5: entropy above the initial one',
    figure: `${round(entropy)} > ${INITIAL_ENTROPY}`,
    holds: entropy > INITIAL_ENTROPY,
  };
}

function whitening(measure: Measure): TabularFinding {
  const kls = LAMBDAS.map((lambda) => measure('bandit8', 'apa_white', lambda).kl);
  return {
    claim: 'Whitened APA on bandit8 collapses for λ up to 0.1 and not above',
    figure: kls.map(round).join(', '),
    holds: kls[0]! > 4.3 && kls[1]! > 4.3 && kls[2]! < 4.3 && kls[3]! < 4.3,
  };
}

function treeClaims(measure: Measure): readonly TabularFinding[] {
  const trapped = LAMBDAS.slice(0, 3).map((lambda) => measure('tree13', 'apa_white', lambda).kl);
  const [hard, soft] = [measure('tree13', 'apa', 0.1).kl, measure('tree13', 'ppo_kl', 0.1).kl];
  return [
    {
      claim: 'Whitened APA on tree13 falls into the trap for λ up to 0.5',
      figure: trapped.map(round).join(', '),
      holds: trapped.every((kl) => Math.abs(kl - 2) < 0.15),
    },
    {
      claim: 'tree13, λ = 0.1: APA spends more KL than PPO with a KL reward, hard against soft values',
      figure: `${round(hard)} > ${round(soft)}`,
      holds: hard > soft + 0.5,
    },
  ];
}

/**
 * What sampled training must show in two environments whose optima are known, through Keel's losses, GAE and optimizer.
 * Source: docs/algorithms/apa.md, tabular tests. The full form takes minutes.
 */
export function tabularAcceptance(runtime: Runtime, size: TabularSize): readonly TabularFinding[] {
  const measure = measureOnce(runtime, size);
  const onBandit = [
    ...closedForms(measure, 'bandit8', 0.05),
    falls(measure, 'bandit8', 'apa'),
    falls(measure, 'bandit8', 'ppo_kl'),
    ...deterministic(measure, 'bandit8'),
    control(measure),
    whitening(measure),
  ];
  if (size.banditOnly) return onBandit;
  return [
    ...onBandit,
    ...closedForms(measure, 'tree13', 0.1),
    falls(measure, 'tree13', 'apa'),
    falls(measure, 'tree13', 'ppo_kl'),
    ...deterministic(measure, 'tree13'),
    ...treeClaims(measure),
  ];
}
