import { whitenPadded } from '../../advantage/scales.ts';
import type { AdvantageBatch, UpdateReport } from '../../records.ts';
import { sequenceInputs } from '../../rollout/sequence-inputs.ts';
import { takeRollout } from '../../rollout/take-rollout.ts';
import type { HostTensor } from '../../runtime/host-tensor.ts';
import type { Variables } from '../../runtime/types.ts';
import type { MinibatchPlan } from '../../update/minibatches.ts';
import type { Knobs, Minibatch, UpdateAt } from '../../update/online-update.ts';
import { learningRateAt } from '../../update/schedule.ts';
import { failpoint } from '../checkpoint/failpoint.ts';
import type { OnlineContext } from './online-models.ts';
import type { OnlineState } from './online-state.ts';

function firstNonFinite(data: ArrayLike<number>): number {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return i;
  return -1;
}

/** Where a NaN or an infinity occurred first, searched in the order in which numbers are computed. Null if nowhere. */
function findNonFinite(
  arrays: Readonly<Record<string, HostTensor>>,
  report: UpdateReport,
  variables: Variables,
  trained: readonly string[],
): string | null {
  for (const name of trained) if (firstNonFinite(variables.read(name).data) >= 0) return `the weight ${name}`;
  for (const [name, { data, shape }] of Object.entries(arrays)) {
    const index = firstNonFinite(data);
    if (index >= 0) return `${name}, row ${Math.floor(index / (shape[1] ?? 1))}, entry ${index % (shape[1] ?? 1)}`;
  }
  const [key] = Object.entries(report).find(([, value]) => !Number.isFinite(value)) ?? [];
  return key ?? null;
}

export interface UpdatesDone {
  /** One report per update of the iteration. */
  readonly reports: readonly UpdateReport[];
  /** Number of optimizer updates since the start of the run. */
  readonly update: number;
  readonly skippedInRow: number;
  /** Learning rate of the last update. */
  readonly learningRate: number;
  /** Where the first non-finite number occurred, searched for once too many updates were skipped; otherwise null. */
  readonly notFinite: string | null;
}

/** The updates of one iteration: their inputs and results. */
export interface UpdatePass {
  /** Plan of which rows each update learns from. */
  readonly plan: MinibatchPlan;
  /** The rows in the form that models and losses accept, whitened if the config whitens by minibatch. */
  take(rows: readonly number[]): Minibatch;
  /** Advances by one update and returns its learning rate. */
  next<Knob extends string>(knobs: Knobs<Knob>): UpdateAt<Knob>;
  /**
   * Records what an update reported. False after `doctor.max_skipped_updates` in a row without a finite loss and
   * gradient: the rest of the iteration would skip for the same numbers again.
   */
  record(minibatch: Minibatch, report: UpdateReport): boolean;
  done(): UpdatesDone;
}

function minibatchOf(batch: AdvantageBatch, rows: readonly number[], whiten: boolean): Minibatch {
  const part = takeRollout(batch, rows);
  const advantages = whiten ? whitenPadded(part.advantages, part.responseMask) : part.advantages;
  const prompt = { ids: part.promptIds, attentionMask: part.promptMask };
  return {
    sequences: { ...sequenceInputs(prompt, part.responseIds, part.responseMask) },
    batch: { ...part, advantages },
  };
}

/** Starts the updates on an iteration's batch. @param trained full names of the trained variables. */
export function createUpdatePass(
  { config, control, runtime }: OnlineContext,
  trained: readonly string[],
  batch: AdvantageBatch,
  state: OnlineState,
): UpdatePass {
  const { updates, optimizer } = config;
  const rows = config.rollouts.numRollouts;
  const plan: MinibatchPlan = {
    rows,
    minibatchSize: updates.minibatchSize,
    epochs: updates.numPpoEpochs,
    order: updates.epochOrder,
    seed: config.seed,
    iteration: state.iteration + 1,
  };
  const total = updates.totalIterations * Math.floor(rows / updates.minibatchSize) * updates.numPpoEpochs;
  const peak = control.inForce('optimizer.learning_rate', optimizer.learningRate);
  const reports: UpdateReport[] = [];
  let { update, skippedInRow } = state;
  let learningRate = peak;
  let notFinite: string | null = null;

  return {
    plan,
    take(chosen) {
      const isBroken = failpoint('step.before_update');
      const minibatch = minibatchOf(batch, chosen, config.scaling.advantages === 'whiten_padded');
      if (isBroken) minibatch.batch.advantages.data.fill(Number.NaN);
      return minibatch;
    },
    next(knobs) {
      update += 1;
      learningRate = learningRateAt({ ...optimizer, learningRate: peak }, update, total);
      return { learningRate, update, knobs };
    },
    record(minibatch, report) {
      failpoint('step.after_update');
      reports.push(report);
      skippedInRow = report.skipped === 1 ? skippedInRow + 1 : 0;
      if (skippedInRow < config.doctor.maxSkippedUpdates) return true;
      const { advantages, returns, refLogprobs, oldLogprobs, values } = minibatch.batch;
      notFinite = findNonFinite(
        { ...(values && { values }), refLogprobs, oldLogprobs, ...(returns && { returns }), advantages },
        report,
        runtime.variables,
        trained,
      );
      return false;
    },
    done: () => ({ reports, update, skippedInRow, learningRate, notFinite }),
  };
}
