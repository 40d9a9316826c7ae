import type { DoctorAction, RunFinding } from '#contract/api/runs/run-doctor.ts';
import { camelValueAt, findRecipe, liveFieldsOf } from '#contract/config/index.ts';
import type { FailureMode } from '#contract/failure-modes.ts';
import type { Setting } from '../../doctor/detector.ts';
import { ONLINE_DETECTORS } from '../../doctor/detectors.ts';
import { type Actions, examine } from '../../doctor/examine.ts';
import type { RewardedRollout } from '../../records.ts';
import { reportFindings } from '../report/report-findings.ts';
import type { OnlineContext } from './online-models.ts';
import type { OnlineState } from './online-state.ts';

/** Data of an iteration in addition to its metrics. */
export interface Shown {
  readonly rollout: RewardedRollout;
  /** Where the first non-finite number occurred; null if all were finite. */
  readonly notFinite: string | null;
}

/** The action for each failure mode, by its name in the config file. */
export function actionsOf(actions: Readonly<Record<string, DoctorAction>>): Actions {
  const camel = (regime: FailureMode) => regime.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return (regime) => actions[camel(regime)] ?? 'off';
}

/** The method's anchor in force, with the name from its descriptor. */
function anchorOf({ config, control }: OnlineContext, state: OnlineState): Setting['anchor'] {
  const anchor = findRecipe(config.recipe)?.anchor;
  const configured = anchor && camelValueAt(config, anchor.path);
  if (!anchor || typeof configured !== 'number') return null;
  const { path } = anchor;
  const field = liveFieldsOf(config.recipe, (other) => camelValueAt(config, other)).find((one) => one.path === path);
  const isLive = field !== undefined && field.unusedBecause === null;
  return isLive
    ? { ...anchor, value: control.inForce(path, configured), isLive }
    : { ...anchor, value: state.klCoef ?? configured, isLive };
}

function settingOf(context: OnlineContext, state: OnlineState, notFinite: string | null): Setting {
  const { config, control } = context;
  const { doctor, method, optimizer } = config;
  return {
    anchor: anchorOf(context, state),
    learningRate: control.inForce('optimizer.learning_rate', optimizer.learningRate),
    vfCoef: typeof method.vfCoef === 'number' ? method.vfCoef : 0,
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
  /** Findings that opened at this iteration. */
  readonly findings: readonly RunFinding[];
}

/** Examines a finished iteration and reports the findings. */
export function createOnlineDoctor(context: OnlineContext) {
  const action = actionsOf(context.config.doctor.actions);
  return (state: OnlineState, values: Readonly<Record<string, number>>, shown: Shown): Looked => {
    const setting = settingOf(context, state, shown.notFinite);
    const reading = { step: state.iteration, values: watched(values) };
    const { state: doctor, told } = examine(state.doctor, reading, ONLINE_DETECTORS, setting, action);
    const all = reportFindings(context.emit, state.iteration, told, action, shown.rollout);
    const findings = all.filter((one) => one.state === 'open');
    return { state: { ...state, doctor }, findings };
  };
}

/** Times and memory are excluded, because a resumed run does not repeat them. */
export function watched(values: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => !/^(time|system)\//.test(key)));
}
