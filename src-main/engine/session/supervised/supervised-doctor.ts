import type { RunFinding } from '#contract/api/runs/run-doctor.ts';
import { liveFieldsOf, type SupervisedConfig } from '#contract/config/index.ts';
import { SUPERVISED_DETECTORS } from '../../doctor/detectors.ts';
import { type DoctorState, FRESH_DOCTOR, suspectedSince } from '../../doctor/doctor-state.ts';
import { examine } from '../../doctor/examine.ts';
import { RATE } from '../../doctor/remedies.ts';
import type { RecipeContext } from '../context.ts';
import { actionsOf, rangeOf, watched } from '../online/online-doctor.ts';
import { reportFindings } from '../report/report-findings.ts';

/** The part of a supervised recipe's state that the doctor reads and writes. */
export interface ExaminedState {
  readonly doctor: DoctorState;
  /** Number of consecutive skipped updates. */
  readonly skippedInRow: number;
}

export const FRESH_EXAMINED: ExaminedState = { doctor: FRESH_DOCTOR, skippedInRow: 0 };

export interface Looked {
  readonly examined: ExaminedState;
  /** Findings that opened at this step. */
  readonly findings: readonly RunFinding[];
  readonly suspectedSince: number | null;
}

/** Examines a finished update of SFT or reward modeling and reports the findings. */
export function createSupervisedDoctor({ config, control, emit }: RecipeContext<SupervisedConfig>) {
  const { doctor, optimizer, training } = config;
  const action = actionsOf(doctor.actions);
  const rateRange = rangeOf(liveFieldsOf(config.recipe, () => undefined).find(({ path }) => path === RATE));
  return (step: number, values: Readonly<Record<string, number>>, before: ExaminedState): Looked => {
    const skippedInRow = values['training/skipped'] === 1 ? before.skippedInRow + 1 : 0;
    const setting = {
      ...{ anchor: null, vfCoef: 0, maxNewTokens: 0, contextLength: 0, whitens: false, maxKl: null, notFinite: null },
      ...{ minEntropyShare: 0, maxTruncatedShare: 1 },
      learningRate: control.inForce(RATE, optimizer.learningRate),
      rateRange,
      responses: training.batchSize,
      maxSkippedUpdates: doctor.maxSkippedUpdates,
      skippedInRow,
    };
    const reading = { step, values: watched(values) };
    const { state, told } = examine(before.doctor, reading, SUPERVISED_DETECTORS, setting, action);
    const findings = reportFindings(emit, step, told, action, null).filter((one) => one.state === 'open');
    return { examined: { doctor: state, skippedInRow }, findings, suspectedSince: suspectedSince(state) };
  };
}
