import {
  type OnlineConfig,
  type RecipeName,
  resolveRecipeConfig,
  type SupervisedConfig,
} from '#contract/config/index.ts';
import type { FailureMode } from '#contract/failure-modes.ts';
import { createControl } from '#engine/session/control.ts';
import { createOnlineDoctor } from '#engine/session/online/online-doctor.ts';
import { FRESH_STATE, type OnlineState } from '#engine/session/online/online-state.ts';
import { createSupervisedDoctor, FRESH_EXAMINED } from '#engine/session/supervised/supervised-doctor.ts';
import { SICK, type Values, WELL } from '../doctor-series.ts';
import { caseOf } from './case-probe.ts';
import { type ConfigProbe, fieldsOf, isSupervised, type Plain, withValues } from './probe.ts';

const ONSET = 10;
const STEPS = 16;
const nothing = () => undefined;
const EMIT = { metrics: nothing, samples: nothing, progress: nothing, log: nothing, event: nothing };
const CONTEXT = { control: createControl([], nothing), emit: { ...EMIT, artifact: nothing, input: nothing } };

interface Illness {
  readonly bad: Values;
  readonly before?: Values;
  readonly skippedInRow?: number;
}

/** Failure modes with their actions, as the doctor of an online run reports them. */
function onlineFindings(given: Plain, { bad, before = WELL, skippedInRow = 0 }: Illness): readonly string[] {
  const { config } = resolveRecipeConfig(given);
  const look = createOnlineDoctor({ ...CONTEXT, config: config as OnlineConfig } as never, 128);
  let state: OnlineState = { ...FRESH_STATE, skippedInRow };
  const found: string[] = [];
  for (let iteration = 1; iteration <= STEPS; iteration += 1) {
    const values = iteration < ONSET ? before : { ...before, ...bad };
    const looked = look({ ...state, iteration }, values, { rollout: null as never, notFinite: null });
    state = looked.state;
    found.push(...looked.findings.map(({ regime, action }) => `${regime}: ${action}`));
  }
  return found;
}

/** The same of a supervised run. */
function supervisedFindings(given: Plain, { bad, before = { loss: 1 } }: Illness): readonly string[] {
  const { config } = resolveRecipeConfig(given);
  const look = createSupervisedDoctor({ ...CONTEXT, config: config as SupervisedConfig } as never);
  let examined = FRESH_EXAMINED;
  const found: string[] = [];
  for (let step = 1; step <= STEPS; step += 1) {
    const looked = look(step, step < ONSET ? before : { ...before, ...bad }, examined);
    examined = looked.examined;
    found.push(...looked.findings.map(({ regime, action }) => `${regime}: ${action}`));
  }
  return found;
}

type Findings = (given: Plain, illness: Illness) => readonly string[];

/** A probe that wants a finding; null where it wants none at all. */
function findingProbe(
  recipe: RecipeName,
  path: string,
  over: Plain,
  illness: Illness,
  wanted: string | null,
): ConfigProbe {
  const findings: Findings = isSupervised(recipe) ? supervisedFindings : onlineFindings;
  const config = withValues(caseOf(recipe), over);
  const observe = (given: Plain) => {
    const found = findings(given, illness);
    const isAsWanted = wanted === null ? found.length === 0 : found.includes(wanted);
    return isAsWanted ? [] : [`found ${found.join(', ') || 'nothing'} in place of ${wanted ?? 'nothing'}`];
  };
  return { recipe, path, config, observe };
}

/** Rollouts that show a share. */
const ENOUGH = { 'rollouts.num_rollouts': 12 };

/** λ in the golden configs, by recipe. */
const LAMBDA: Readonly<Record<string, string>> = {
  apa: 'method.apa_lambda',
  awr: 'method.awr_lambda',
  'apa-offline': 'method.apa_lambda',
  'awr-offline': 'method.awr_lambda',
};

/** What brings a failure mode about; null for what a recipe cannot have. */
function illnessOf(recipe: RecipeName, mode: FailureMode): (Illness & { readonly over?: Plain }) | null {
  if (mode === 'diverging_loss') return { bad: { loss: 9 } };
  if (mode === 'not_finite') return { bad: { loss: Number.NaN } };
  if (mode === 'no_learning') return { bad: { 'objective/kl_k3_per_token': 1e-12 } };
  const [, bad, setting] = SICK.find(([one]) => one === mode) ?? [];
  const whitens = setting?.whitens ? { 'scaling.advantages': 'whiten_masked' } : {};
  if (bad) return { bad, over: { ...whitens, ...ENOUGH } };
  const lambda = LAMBDA[recipe];
  return lambda === undefined ? null : { bad: {}, over: { [lambda]: 0.01 } };
}

/** What a method cannot have that has no λ and scales nothing. */
const NEEDS_SCALE: readonly string[] = ['no_anchor', 'few_weights', 'whitened_noise'] satisfies readonly FailureMode[];

function actionProbes(recipe: RecipeName): readonly ConfigProbe[] {
  return fieldsOf(recipe).flatMap(({ path }): readonly ConfigProbe[] => {
    const [, mode] = /^doctor\.actions\.(.+)$/.exec(path) ?? [];
    const isPossible = mode !== undefined && !(recipe === 'a2po' && NEEDS_SCALE.includes(mode));
    const illness = isPossible ? illnessOf(recipe, mode as FailureMode) : null;
    if (!illness) return [];
    return [findingProbe(recipe, path, { ...illness.over, [path]: 'stop' }, illness, `${mode}: stop`)];
  });
}

function limitProbes(recipe: RecipeName): readonly ConfigProbe[] {
  const of = (field: string, value: number, mode: FailureMode, illness: Illness, isFound = true) => {
    const over = {
      ...(isSupervised(recipe) ? {} : ENOUGH),
      [`doctor.${field}`]: value,
      [`doctor.actions.${mode}`]: 'tell',
    };
    return findingProbe(recipe, `doctor.${field}`, over, illness, isFound ? `${mode}: tell` : null);
  };
  if (isSupervised(recipe)) {
    return [of('max_skipped_updates', STEPS, 'not_finite', { bad: { 'training/skipped': 1 } }, false)];
  }
  return [
    of('max_kl', 8, 'kl_blow_up', { bad: { 'objective/kl': 9 } }),
    of('min_entropy_share', 0.7, 'collapse', { bad: { 'objective/sampled_entropy_per_token': 0.3 } }),
    of('max_truncated_share', 0.5, 'eos_missing', { bad: { 'completions/clipped_ratio': 0.7 } }),
    of('max_skipped_updates', 2, 'not_finite', { bad: {}, skippedInRow: 2 }),
  ];
}

/** Actions and limits of the run doctor, each seen in what it reports. */
export function doctorProbes(recipe: RecipeName): readonly ConfigProbe[] {
  return [...actionProbes(recipe), ...limitProbes(recipe)];
}
