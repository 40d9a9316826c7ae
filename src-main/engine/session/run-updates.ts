import { whitenPadded } from '../advantage/scales.ts';
import type { AdvantageBatch, UpdateReport } from '../records.ts';
import { sequenceInputs } from '../rollout/sequence-inputs.ts';
import { takeRollout } from '../rollout/take-rollout.ts';
import { planMinibatches } from '../update/minibatches.ts';
import type { OnlineUpdate } from '../update/online-update.ts';
import { learningRateAt } from '../update/schedule.ts';
import { failpoint } from './failpoint.ts';
import { findNonFinite } from './non-finite.ts';
import type { OnlineContext } from './online-models.ts';

export interface UpdatesDone {
  /** One of each update of the iteration. */
  readonly reports: readonly UpdateReport[];
  /** Optimizer updates since the start of the run. */
  readonly update: number;
  readonly skippedInRow: number;
  readonly learningRate: number;
  /** What held the first number that was not finite, looked for once too many updates were skipped; else null. */
  readonly notFinite: string | null;
}

export interface UpdatesAt {
  readonly iteration: number;
  readonly update: number;
  readonly skippedInRow: number;
  /** The method's knob for this iteration. */
  readonly coefficient: number;
}

interface UpdatePlan {
  readonly run: OnlineUpdate;
  readonly trained: readonly string[];
}

function minibatchOf(batch: AdvantageBatch, rows: readonly number[], whiten: boolean) {
  const part = takeRollout(batch, rows);
  const advantages = whiten ? whitenPadded(part.advantages, part.responseMask) : part.advantages;
  const prompt = { ids: part.promptIds, attentionMask: part.promptMask };
  return {
    sequences: { ...sequenceInputs(prompt, part.responseIds, part.responseMask) },
    batch: { ...part, advantages },
  };
}

/**
 * All optimizer updates of one iteration over minibatches of its rollout. After `doctor.max_skipped_updates` in a row
 * without a finite loss and gradient the rest is left out: the same numbers would be skipped again.
 */
export function runUpdates(
  context: OnlineContext,
  plan: UpdatePlan,
  batch: AdvantageBatch,
  at: UpdatesAt,
): UpdatesDone {
  const { config, control, runtime } = context;
  const { updates, optimizer } = config;
  const rows = config.rollouts.numRollouts;
  const minibatches = planMinibatches({
    rows,
    minibatchSize: updates.minibatchSize,
    epochs: updates.numPpoEpochs,
    order: updates.epochOrder,
    seed: config.seed,
    iteration: at.iteration,
  });
  const total = updates.totalIterations * minibatches.length;
  const peak = control.inForce('optimizer.learning_rate', optimizer.learningRate);
  const reports: UpdateReport[] = [];
  let { update, skippedInRow } = at;
  let learningRate = peak;
  let notFinite: string | null = null;
  for (const part of minibatches) {
    update += 1;
    learningRate = learningRateAt({ ...optimizer, learningRate: peak }, update, total);
    const isBroken = failpoint('step.before_update');
    const minibatch = minibatchOf(batch, part, config.scaling.advantages === 'whiten_padded');
    if (isBroken) minibatch.batch.advantages.data.fill(Number.NaN);
    const report = plan.run(minibatch, { learningRate, coefficient: at.coefficient, update });
    failpoint('step.after_update');
    reports.push(report);
    skippedInRow = report.skipped === 1 ? skippedInRow + 1 : 0;
    if (skippedInRow >= config.doctor.maxSkippedUpdates) {
      const { advantages, returns, refLogprobs, oldLogprobs, values } = minibatch.batch;
      notFinite = findNonFinite(
        { values, refLogprobs, oldLogprobs, returns, advantages },
        report,
        runtime.variables,
        plan.trained,
      );
      break;
    }
  }
  return { reports, update, skippedInRow, learningRate, notFinite };
}
