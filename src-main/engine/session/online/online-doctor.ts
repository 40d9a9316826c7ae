import type { DoctorAction, RunFinding } from '#contract/api/runs/run-doctor.ts';
import { camelValueAt, findRecipe, type LiveField, liveFieldsOf } from '#contract/config/index.ts';
import type { FailureMode } from '#contract/failure-modes.ts';
import type { Range, Setting } from '../../doctor/detector.ts';
import { ONLINE_DETECTORS } from '../../doctor/detectors.ts';
import { type Actions, examine } from '../../doctor/examine.ts';
import { RATE } from '../../doctor/remedies.ts';
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
  const field = liveFieldOf(config, path);
  const isLive = field?.unusedBecause === null;
  const value = isLive ? control.inForce(path, configured) : (state.klCoef ?? configured);
  return { ...anchor, value, isLive, range: rangeOf(field) };
}

function liveFieldOf(config: OnlineContext['config'], path: string): LiveField | undefined {
  return liveFieldsOf(config.recipe, (other) => camelValueAt(config, other)).find((one) => one.path === path);
}

/** The values that a remedy may name. */
export function rangeOf(field: Pick<LiveField, 'minimum' | 'maximum'> | undefined): Range {
  return { minimum: field?.minimum ?? 0, maximum: field?.maximum ?? Number.MAX_VALUE };
}

function settingOf(
  context: OnlineContext,
  contextLength: number,
  state: OnlineState,
  notFinite: string | null,
): Setting {
  const { config, control } = context;
  const { doctor, method, optimizer } = config;
  return {
    anchor: anchorOf(context, state),
    learningRate: control.inForce(RATE, optimizer.learningRate),
    rateRange: rangeOf(liveFieldOf(config, RATE)),
    vfCoef: typeof method.vfCoef === 'number' ? method.vfCoef : 0,
    responses: config.rollouts.numRollouts,
    maxNewTokens: config.generation.maxNewTokens,
    contextLength,
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

/** The state with the evaluation of the starting policy, which later evaluations are compared with. */
export function withOrigin(state: OnlineState, values: Readonly<Record<string, number>>): OnlineState {
  return { ...state, doctor: { ...state.doctor, origin: { step: state.iteration, values: watched(values) } } };
}

/** Examines a finished iteration and reports the findings. @param contextLength of the policy, in tokens. */
export function createOnlineDoctor(context: OnlineContext, contextLength: number) {
  const action = actionsOf(context.config.doctor.actions);
  return (state: OnlineState, values: Readonly<Record<string, number>>, shown: Shown): Looked => {
    const setting = settingOf(context, contextLength, state, shown.notFinite);
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
