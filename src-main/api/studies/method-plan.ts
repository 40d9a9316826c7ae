import type { MethodPlan } from '#contract/api/runs/studies.ts';
import { presetValues, recipeList, valueAt } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import type { Anchor, RecipeDescriptor } from '#contract/recipe-parts/descriptor.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readLatest } from '../../store/queries/metrics.ts';
import { anchorOf, type Config, type WithConfig } from './compared-run.ts';

type Unit = Anchor['unit'];

/** A recipe with an anchor: a run of one can be repeated with another under equal conditions. */
export type Method = RecipeDescriptor & { readonly anchor: Anchor };

const METHODS: readonly Method[] = recipeList.filter((recipe): recipe is Method => recipe.anchor !== null);

/** A method and all others that learn from the same kind of data. */
export const methodsBeside = ({ data }: Method): readonly Method[] => METHODS.filter((other) => other.data === data);

function isGroup(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function presetOf({ presets }: RecipeDescriptor, preset: unknown): Config {
  return presetValues(presets[preset === 'authors' ? 'authors' : 'keel']);
}

/** The part of a config that differs from its preset. */
function beyondPreset(preset: Config, config: Config): Config {
  const kept = Object.entries(config).flatMap(([key, value]) => {
    const base = preset[key];
    if (JSON.stringify(base) === JSON.stringify(value)) return [];
    if (!isGroup(base) || !isGroup(value) || 'type' in value) return [[key, value] as const];
    return [[key, beyondPreset(base, value)] as const];
  });
  return Object.fromEntries(kept);
}

const titles = () => METHODS.map(({ title }) => title).join(', ');

/** Throws `not_a_policy_run` for a run of a recipe without an anchor. */
export function requireMethod({ run }: WithConfig): Method {
  const method = METHODS.find(({ name }) => name === run.recipe);
  if (method) return method;
  throw new KeelError({
    code: 'not_a_policy_run',
    why: `The run ${run.id} is a ${run.recipe} run; methods can only be compared starting from a run of ${titles()}.`,
    fix: `Choose a run whose recipe is ${METHODS.map(({ name }) => name).join(', ')}.`,
  });
}

/** The preset's anchor value for the first method whose anchor has the given unit, with that method's title. */
function presetAnchor(unit: Unit, preset: unknown): { readonly value: number; readonly title: string } {
  const method = METHODS.find(({ anchor }) => anchor.unit === unit)!;
  return { value: Number(valueAt(presetOf(method, preset), method.anchor.path)), title: method.title };
}

/**
 * λ is in units of the scaled advantage, kl_coef in units of the scaled score. With the standard deviation σ of the
 * advantages, which the run has measured, kl_coef = λ σ sets the same trade-off of reward against KL.
 */
export function planMethods(db: ReadableDb, from: WithConfig): MethodPlan {
  const method = requireMethod(from);
  const anchor = anchorOf(from)?.value ?? 1;
  const deviation = readLatest(db, from.run.number)['scales/advantage_std'];
  const { advantages } = from.config.scaling as Config;
  const isMeasured = (advantages === 'frozen' || advantages === 'running') && deviation !== undefined && deviation > 0;
  if (method.anchor.unit === 'scaled_score') {
    const { value: lambda } = presetAnchor('scaled_advantage', from.config.preset);
    return { lambda, klCoef: anchor, klCoefBecause: "the run's own value" };
  }
  if (isMeasured) {
    const because = `λ times ${deviation.toPrecision(3)}, the standard deviation of the advantages measured in the run`;
    return { lambda: anchor, klCoef: Number((anchor * deviation).toPrecision(4)), klCoefBecause: because };
  }
  const { value: klCoef, title } = presetAnchor('scaled_score', from.config.preset);
  return { lambda: anchor, klCoef, klCoefBecause: `the preset of ${title}` };
}

/** The values of a config's method that differ from the method's preset. */
export function methodBeyondPreset(target: Method, config: Config): Config {
  return beyondPreset(presetOf(target, config.preset).method as Config, config.method as Config);
}

function methodGroup(target: Method, from: WithConfig, plan: Pick<MethodPlan, 'lambda' | 'klCoef'>): Config {
  const own = from.config.method as Config;
  const known = Object.keys(presetOf(target, from.config.preset).method as Config);
  const field = target.anchor.path.split('.').at(-1)!;
  const kept =
    target.name === from.run.recipe
      ? own
      : Object.fromEntries(known.flatMap((key) => (key in own ? [[key, own[key]]] : [])));
  return { ...kept, [field]: target.anchor.unit === 'scaled_score' ? plan.klCoef : plan.lambda };
}

/**
 * The config of the same run with another method. Values that differ from the preset of the run's own method are
 * carried over, and the rest comes from the other method's preset, so each method runs as intended on equal data,
 * reward, and steps.
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
    recipe: target.name,
    preset: config.preset,
    name: `${String(config.name)}-${target.name}`.slice(0, 100),
    seed: config.seed,
    method: methodGroup(target, from, plan),
  };
}
