import type { RecipeConfig } from '#contract/config/index.ts';
import { DATA_START, type DataCursor, DataOrder } from '../dataset/data-cursor.ts';
import { evaluationPoints, supervisedPoints } from '../metrics/supervised-points.ts';
import type { PackedUse } from '../model/layout/pack-inputs.ts';
import { byColumn, stateEntries } from '../model/layout/packing.ts';
import { networkPlan } from '../model/network-plan.ts';
import type { TokenRow } from '../records.ts';
import { labelLogprobs } from '../runtime/ops/log-softmax.ts';
import { tf } from '../runtime/tf.ts';
import { createCheckpointer } from '../session/checkpoint/checkpointer.ts';
import { saveArtifacts } from '../session/checkpoint/save-artifacts.ts';
import type { Recipe } from '../session/context.ts';
import { loadData } from '../session/data/load-data.ts';
import { sftRows } from '../session/data/recipe-rows.ts';
import { openPolicy } from '../session/open-models.ts';
import { createProgress } from '../session/report/progress.ts';
import { stopOnFinding } from '../session/report/report-findings.ts';
import { reportLedger } from '../session/report/report-ledger.ts';
import { resourcePoints } from '../session/report/resource-points.ts';
import { openRunStops } from '../session/run-stops.ts';
import { batchParts, evaluateRows, nextTokenInputs, totalSteps } from '../session/supervised/supervised-batches.ts';
import { createSupervisedDoctor, type ExaminedState, FRESH_EXAMINED } from '../session/supervised/supervised-doctor.ts';
import { nextTokenLoss } from '../update/losses/next-token.ts';
import { learningRateAt } from '../update/schedule.ts';
import { createSupervisedUpdate } from '../update/supervised-update.ts';

interface SftState extends ExaminedState {
  readonly step: number;
  readonly cursor: DataCursor;
  /** Lowest held-out loss so far. */
  readonly best: number;
}

/** Supervised fine-tuning: next-token prediction on demonstrations. Docs: docs/algorithms/sft.md. */
export const sft: Recipe<RecipeConfig<'sft'>> = async (context) => {
  const { config, runtime, emit, control } = context;
  const { training, optimizer } = config;
  const microBatch = config.engine.microBatchSize ?? training.batchSize;
  const sizes = { batchSize: training.batchSize, microBatch };

  // 1. Models
  const opened = openPolicy(context, config.model, training.numLayersUnfrozen);
  const { model: policy, tokenizer } = opened;
  const { ends } = openRunStops(context.runFolder, opened);

  // 2. Data
  const data = await loadData(config.data, config.seed, emit);
  const { contextLength } = policy.config;
  const { train: rows, heldOut, ledger, maxLength } = sftRows(config, data, { tokenizer, contextLength, ends });
  reportLedger(context, ledger, contextLength);
  const order = new DataOrder(rows.length, config.seed);
  const total = totalSteps(training, rows.length);
  const inputsOf = (batch: readonly TokenRow[], use: PackedUse) =>
    nextTokenInputs(batch, microBatch, tokenizer.padTokenId, maxLength, use);

  // 3. Update step
  const model = createSupervisedUpdate(runtime, {
    trained: opened.trained,
    optimizer,
    accumulates: microBatch < training.batchSize,
    plan: { kind: 'next_token', policy: networkPlan(opened) },
    loss: (weights, { labels, trainedMask, entries, ...inputs }) => {
      const ofPolicy = opened.weightsOf(weights);
      const { hidden } = policy.forward(ofPolicy, inputs as never, { recomputes: config.engine.recomputeActivations });
      const logits = policy.logits(ofPolicy, hidden).reshape([-1, policy.config.vocabSize]);
      const own = stateEntries(labels!, inputs);
      const { shape } = labels!;
      return nextTokenLoss({
        logprobs: byColumn(labelLogprobs(logits, own), inputs, shape),
        trainedMask: trainedMask!,
        entries: entries!,
        hits: byColumn(tf.equal(tf.argMax(logits, -1), own).toFloat(), inputs, shape),
      });
    },
  });

  // 4. State
  const checkpointer = createCheckpointer<SftState>(context, ['policy', 'optimizer'], config.checkpoints);
  const evaluate = (step: number) => {
    if (heldOut.length === 0) return null;
    const evaluated = evaluateRows(heldOut, sizes, 'trainedMask', inputsOf, model.evaluate);
    checkpointer.metrics(step, evaluationPoints(evaluated));
    return evaluated;
  };
  const begin = (): SftState => {
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
    const batch = indices.map((index) => rows[index]!);
    const parts = batchParts(batch, microBatch, 'trainedMask', inputsOf);
    const report = model.update(parts, { learningRate, update: step });

    // 6. Metrics
    checkpointer.metrics(step, [
      ...supervisedPoints(report, learningRate),
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
