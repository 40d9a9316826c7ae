import type { RecipeConfig } from '#contract/config/index.ts';
import { DATA_START, type DataCursor, DataOrder, visitedRows } from '../dataset/data-cursor.ts';
import { evaluationPoints, supervisedPoints } from '../metrics/supervised-points.ts';
import type { PackedUse } from '../model/layout/pack-inputs.ts';
import { networkPlan } from '../model/network-plan.ts';
import { createCheckpointer } from '../session/checkpoint/checkpointer.ts';
import { saveArtifacts } from '../session/checkpoint/save-artifacts.ts';
import type { Recipe } from '../session/context.ts';
import { loadData } from '../session/data/load-data.ts';
import { comparisonRows } from '../session/data/recipe-rows.ts';
import { openPolicy } from '../session/open-models.ts';
import { createProgress } from '../session/report/progress.ts';
import { stopOnFinding } from '../session/report/report-findings.ts';
import { reportLedger } from '../session/report/report-ledger.ts';
import { resourcePoints } from '../session/report/resource-points.ts';
import { openRunStops } from '../session/run-stops.ts';
import { preferenceInputs, type ReferredPair, referPairs } from '../session/supervised/preference-batches.ts';
import { readRows } from '../session/supervised/sequence-logprobs.ts';
import { batchParts, evaluateRows, totalSteps } from '../session/supervised/supervised-batches.ts';
import { createSupervisedDoctor, type ExaminedState, FRESH_EXAMINED } from '../session/supervised/supervised-doctor.ts';
import { type DpoInputs, dpoLoss } from '../update/losses/dpo.ts';
import { preferenceReport } from '../update/losses/preference-statistics.ts';
import { learningRateAt } from '../update/schedule.ts';
import { createSupervisedUpdate } from '../update/supervised-update.ts';

interface DpoState extends ExaminedState {
  readonly step: number;
  readonly cursor: DataCursor;
  /** Lowest held-out loss so far. */
  readonly best: number;
}

/** Direct preference optimization: chosen above rejected, relative to a reference. Docs: docs/algorithms/dpo.md. */
export const dpo: Recipe<RecipeConfig<'dpo'>> = async (context) => {
  const { config, runtime, emit, control } = context;
  const { training, optimizer, method } = config;
  const microBatch = config.engine.microBatchSize ?? training.batchSize;
  const sizes = { batchSize: training.batchSize, microBatch };

  // 1. Models
  const opened = openPolicy(context, config.model, training.numLayersUnfrozen);
  const { model: policy, tokenizer } = opened;
  const { ends } = openRunStops(context.runFolder, opened);

  // 2. Data
  const data = await loadData(config.data, config.seed, emit);
  const { contextLength } = policy.config;
  const { ledger, maxLength, ...rows } = comparisonRows(config, data, { tokenizer, contextLength, ends });
  reportLedger(context, ledger, contextLength);
  const order = new DataOrder(rows.train.length, config.seed);
  const total = totalSteps(training, rows.train.length);

  const shape = { size: microBatch, padTokenId: tokenizer.padTokenId, maxLength };
  const visited = visitedRows(order, Math.min(total, control.lastStep), training.batchSize);
  const pass = { ...shape, size: 2 * microBatch, reference: config.reference };
  const { train: pairs, heldOut } = await referPairs(context, opened, rows, visited, pass);
  const inputsOf = (batch: readonly ReferredPair[], use: PackedUse) => preferenceInputs(batch, use, shape);

  // 3. Update step
  const model = createSupervisedUpdate(runtime, {
    trained: opened.trained,
    optimizer,
    accumulates: microBatch < training.batchSize,
    plan: { kind: 'preferences', policy: networkPlan(opened) },
    loss: (weights, inputs) => {
      const read = readRows(opened, weights, inputs, { recomputes: config.engine.recomputeActivations });
      return dpoLoss({
        ...(inputs as Pick<DpoInputs, 'trainedMask' | 'refLogprobs' | 'pairMask'>),
        ...read,
        ...method,
      });
    },
  });

  // 4. State
  const checkpointer = createCheckpointer<DpoState>(context, ['policy', 'optimizer'], config.checkpoints);
  const evaluate = (step: number) => {
    if (heldOut.length === 0) return null;
    const evaluated = preferenceReport(evaluateRows(heldOut, sizes, 'pairMask', inputsOf, model.evaluate));
    checkpointer.metrics(step, evaluationPoints(evaluated));
    return evaluated;
  };
  const begin = (): DpoState => {
    evaluate(0);
    return { step: 0, cursor: DATA_START, best: Number.POSITIVE_INFINITY, ...FRESH_EXAMINED };
  };
  let state = checkpointer.restore() ?? begin();
  const look = createSupervisedDoctor(context);
  const progress = createProgress(emit, { phase: 'training', total, unit: 'updates' }, state.step);

  while (state.step < total) {
    const step = state.step + 1;
    const asked = await control.boundary(step, state.doctor.hold);
    if (asked.stop) checkpointer.stop(state.step, state, asked);

    // 5. Update
    const { indices, next } = order.batch(state.cursor, training.batchSize);
    const peak = control.inForce('optimizer.learning_rate', optimizer.learningRate);
    const learningRate = learningRateAt({ ...optimizer, learningRate: peak }, step, total);
    const batch = indices.map((index) => pairs[index]!);
    const parts = batchParts(batch, microBatch, 'pairMask', inputsOf);
    const report = model.update(parts, { learningRate, update: step });

    // 6. Metrics
    checkpointer.metrics(step, [
      ...supervisedPoints(preferenceReport(report), learningRate),
      ...progress.step(step),
      ...resourcePoints(runtime),
    ]);

    // 7. Evaluation
    const due = step % config.evaluation.intervalSteps === 0 || step === total;
    const evaluated = due ? evaluate(step) : null;
    const isBest = evaluated !== null && evaluated.loss! < state.best;

    // 8. Doctor
    const { examined, findings, suspectedSince } = look(step, checkpointer.valuesAt(step), state);

    // 9. Checkpoint
    state = { step, cursor: next, best: isBest ? evaluated.loss! : state.best, ...examined };
    checkpointer.endStep(step, state, {
      now: asked.checkpoint || step === total || findings.length > 0,
      isBest: isBest && config.checkpoints.keepBest,
      suspectedSince,
    });
    stopOnFinding(step, findings);
  }

  // 10. Artifacts
  const evaluation = heldOut.length > 0 ? { eval_loss: state.best } : {};
  await saveArtifacts(context, [{ kind: 'policy', opened, detail: evaluation }]);
  return { steps: total, ...evaluation };
};
