import type { DoctorAction, RunFinding } from '#contract/api/run-doctor.ts';
import type { RecipeConfig } from '#contract/config/index.ts';
import type { Regime } from '#contract/regimes.ts';
import type { Setting } from '../doctor/detector.ts';
import { ONLINE_DETECTORS } from '../doctor/detectors.ts';
import { type Actions, examine } from '../doctor/examine.ts';
import type { RewardedRollout } from '../records.ts';
import type { Control } from './context.ts';
import type { OnlineContext } from './online-models.ts';
import type { OnlineState } from './online-state.ts';
import { tellFindings } from './tell-findings.ts';

/** What an iteration has shown beside its metrics. */
export interface Shown {
  readonly rollout: RewardedRollout;
  /** What held the first number that was not finite; null when all were finite. */
  readonly notFinite: string | null;
}

/** The action of each regime, by its name in the config file. */
export function actionsOf(actions: Readonly<Record<string, DoctorAction>>): Actions {
  const camel = (regime: Regime) => regime.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return (regime) => actions[camel(regime)] ?? 'off';
}

type Methods = RecipeConfig<'apa' | 'ppo' | 'awr'>['method'];

function anchorOf(method: Methods, control: Control, state: OnlineState): Setting['anchor'] {
  const named = (path: string, configured: number, isLive = true) => {
    return { path, value: control.inForce(path, configured), isLive };
  };
  if ('apaLambda' in method) return named('method.apa_lambda', method.apaLambda);
  if ('awrLambda' in method) return named('method.awr_lambda', method.awrLambda);
  const { path } = named('method.kl_coef', method.klCoef);
  return method.klController === 'fixed'
    ? named(path, method.klCoef)
    : { path, value: state.klCoef ?? method.klCoef, isLive: false };
}

function settingOf({ config, control }: OnlineContext, state: OnlineState, notFinite: string | null): Setting {
  const { doctor, method, optimizer } = config;
  return {
    anchor: anchorOf(method, control, state),
    learningRate: control.inForce('optimizer.learning_rate', optimizer.learningRate),
    vfCoef: method.vfCoef,
    responses: config.rollouts.numRollouts,
    maxNewTokens: config.generation.maxNewTokens,
    whitens: config.scaling.advantages.startsWith('whiten'),
    maxKl: doctor.maxKl,
    minEntropyShare: doctor.minEntropyShare,
    maxTruncatedShare: doctor.maxTruncatedShare,
    maxSkippedUpdates: doctor.maxSkippedUpdates,
    skippedInRow: state.skippedInRow,
    notFinite,
  };
}

export interface Looked {
  readonly state: OnlineState;
  /** What has opened at this iteration. */
  readonly findings: readonly RunFinding[];
}

/** Looks at an iteration that has ended and tells what it finds. */
export function createOnlineDoctor(context: OnlineContext) {
  const action = actionsOf(context.config.doctor.actions);
  return (state: OnlineState, values: Readonly<Record<string, number>>, shown: Shown): Looked => {
    const setting = settingOf(context, state, shown.notFinite);
    const reading = { step: state.iteration, values: watched(values) };
    const { state: doctor, told } = examine(state.doctor, reading, ONLINE_DETECTORS, setting, action);
    const all = tellFindings(context.emit, state.iteration, told, action, shown.rollout);
    const findings = all.filter((one) => one.state === 'open');
    return { state: { ...state, doctor }, findings };
  };
}

/** Times and memory are no part of what a resumed run repeats. */
export function watched(values: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !/^(time|system)\//.test(key)));
}
