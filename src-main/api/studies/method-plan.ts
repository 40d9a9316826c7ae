import type { MethodPlan } from '#contract/api/studies.ts';
import { presetValues, type RecipeName, recipeSchema } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readLatest } from '../../store/queries/metrics.ts';
import { anchorOf, type Config, type WithConfig } from './compared-run.ts';

export const METHODS = ['apa', 'awr', 'ppo'] as const;
export type Method = (typeof METHODS)[number];

const SHARED_METHOD_FIELDS = ['gamma', 'lam', 'vf_coef'] as const;

function isGroup(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function presetOf(recipe: string, preset: unknown): Config {
  const { presets } = recipeSchema(recipe as RecipeName);
  return presetValues(presets[preset === 'authors' ? 'authors' : 'keel']);
}

/** What of a config is not its preset's value. */
function beyondPreset(preset: Config, config: Config): Config {
  const kept = Object.entries(config).flatMap(([key, value]) => {
    const base = preset[key];
    if (JSON.stringify(base) === JSON.stringify(value)) return [];
    if (!isGroup(base) || !isGroup(value) || 'type' in value) return [[key, value] as const];
    return [[key, beyondPreset(base, value)] as const];
  });
  return Object.fromEntries(kept);
}

/** Throws `not_a_policy_run` for a run of a recipe that has no λ. */
export function requireMethod({ run }: WithConfig): Method {
  const method = METHODS.find((name) => name === run.recipe);
  if (method) return method;
  throw new KeelError({
    code: 'not_a_policy_run',
    why: `The run ${run.id} is a ${run.recipe} run; APA, AWR and PPO start from one of theirs.`,
    fix: 'Choose a run whose recipe is apa, awr or ppo.',
  });
}

/**
 * λ of APA and AWR counts in units of the scaled advantage, PPO's kl_coef in units of the scaled score: with the deviation
 * σ of the advantages, which the run has measured, kl_coef = λ σ asks for the same trade of reward against KL.
 */
export function planMethods(db: ReadableDb, from: WithConfig): MethodPlan {
  const method = requireMethod(from);
  const anchor = anchorOf(from)?.value ?? 1;
  const deviation = readLatest(db, from.run.number)['scales/advantage_std'];
  const { advantages } = from.config.scaling as Config;
  const isMeasured = (advantages === 'frozen' || advantages === 'running') && deviation !== undefined && deviation > 0;
  if (method === 'ppo') {
    const lambda = presetOf('apa', from.config.preset).method as Config;
    return { lambda: Number(lambda.apa_lambda), klCoef: anchor, klCoefBecause: "the run's own" };
  }
  if (isMeasured) {
    const because = `λ times ${deviation.toPrecision(3)}, the deviation of the advantages that the run has measured`;
    return { lambda: anchor, klCoef: Number((anchor * deviation).toPrecision(4)), klCoefBecause: because };
  }
  const { kl_coef: klCoef } = presetOf('ppo', from.config.preset).method as Config;
  return { lambda: anchor, klCoef: Number(klCoef), klCoefBecause: 'the preset of PPO' };
}

function methodGroup(target: Method, from: WithConfig, plan: Pick<MethodPlan, 'lambda' | 'klCoef'>): Config {
  const own = from.config.method as Config;
  const kept =
    target === from.run.recipe ? own : Object.fromEntries(SHARED_METHOD_FIELDS.map((key) => [key, own[key]]));
  if (target === 'ppo') return { ...kept, kl_coef: plan.klCoef };
  return { ...kept, [`${target}_lambda`]: plan.lambda };
}

/**
 * The config of the same run by another method: whatever differs from the preset of its own method is carried over,
 * the rest is the preset of the other, so that each method runs as it is meant to on equal data, reward and steps.
 */
export function configByMethod(target: Method, from: WithConfig, plan: Pick<MethodPlan, 'lambda' | 'klCoef'>): Config {
  const { config } = from;
  const {
    method: _method,
    recipe: _recipe,
    name: _name,
    ...rest
  } = beyondPreset(presetOf(requireMethod(from), config.preset), config);
  return {
    ...rest,
    recipe: target,
    preset: config.preset,
    name: `${String(config.name)}-${target}`.slice(0, 100),
    seed: config.seed,
    method: methodGroup(target, from, plan),
  };
}
