import type { RecipeConfig } from '#contract/config/index.ts';
import { DATA_START, type DataCursor, DataOrder } from '../dataset/data-cursor.ts';
import { certify } from '../evaluation/certificate.ts';
import { evaluationPoints, supervisedPoints } from '../metrics/supervised-points.ts';
import type { PackedUse } from '../model/layout/pack-inputs.ts';
import { interOpThreads } from '../runtime/inter-op-threads.ts';
import { createCheckpointer } from '../session/checkpoint/checkpointer.ts';
import { saveArtifacts } from '../session/checkpoint/save-artifacts.ts';
import type { Recipe } from '../session/context.ts';
import { loadData } from '../session/data/load-data.ts';
import { comparisonRows } from '../session/data/recipe-rows.ts';
import { openRewardModel } from '../session/open-models.ts';
import { createProgress } from '../session/report/progress.ts';
import { stopOnFinding } from '../session/report/report-findings.ts';
import { reportLedger } from '../session/report/report-ledger.ts';
import { resourcePoints } from '../session/report/resource-points.ts';
import { openRunStops } from '../session/run-stops.ts';
import { keepWorstPairs } from '../session/supervised/keep-worst-pairs.ts';
import { judgePairs, pairInputs, pairLoss, pairsPlan } from '../session/supervised/pair-batches.ts';
import { batchParts, evaluateRows, totalSteps } from '../session/supervised/supervised-batches.ts';
import { createSupervisedDoctor, type ExaminedState, FRESH_EXAMINED } from '../session/supervised/supervised-doctor.ts';
import type { ComparisonRows } from '../tokenizer/rows/token-rows.ts';
import { learningRateAt } from '../update/schedule.ts';
import { createSupervisedUpdate } from '../update/supervised-update.ts';

interface RewardModelState extends ExaminedState {
  readonly step: number;
  readonly cursor: DataCursor;
  /** Highest held-out accuracy so far. */
  readonly best: number;
}

/** Reward modeling: chosen above rejected by a pairwise logistic loss. Docs: docs/algorithms/reward-model.md. */
export const rewardModel: Recipe<RecipeConfig<'reward-model'>> = async (context) => {
  const { config, runtime, emit, control } = context;
  const { training, optimizer } = config;
  const microBatch = config.engine.microBatchSize ?? training.batchSize;
  const sizes = { batchSize: training.batchSize, microBatch };

  // 1. Models
  const opened = openRewardModel(context, config.model, training.numLayersUnfrozen, config.seed);
  const { model: network, tokenizer } = opened;
  const { ends } = openRunStops(context.runFolder, opened);

  // 2. Data
  const data = await loadData(config.data, config.seed, emit);
  const { contextLength } = network.config;
  const { train: pairs, heldOut, ledger, maxLength } = comparisonRows(config, data, { tokenizer, contextLength, ends });
  reportLedger(context, ledger, contextLength);
  const order = new DataOrder(pairs.length, config.seed);
  const total = totalSteps(training, pairs.length);
  const { loss } = training;
  const shape = { loss, size: microBatch, padTokenId: tokenizer.padTokenId, maxLength };
  const inputsOf = (batch: readonly ComparisonRows[], use: PackedUse) => pairInputs(batch, use, shape);

  // 3. Update step
  const model = createSupervisedUpdate(runtime, {
    trained: opened.trained,
    optimizer,
    accumulates: microBatch < training.batchSize,
    plan: { kind: 'pairs', ...pairsPlan(opened, training) },
    loss: (weights, inputs) =>
      pairLoss(opened, weights, inputs, {
        ...training,
        recomputes: config.engine.recomputeActivations,
        beside: interOpThreads(runtime.device),
      }),
  });

  // 4. State
  const checkpointer = createCheckpointer<RewardModelState>(context, ['reward_model', 'optimizer'], config.checkpoints);
  const evaluate = (step: number) => {
    if (heldOut.length === 0) return null;
    const evaluated = evaluateRows(heldOut, sizes, 'pairMask', inputsOf, model.evaluate);
    checkpointer.metrics(step, evaluationPoints(evaluated));
    return evaluated;
  };
  const begin = (): RewardModelState => {
    evaluate(0);
    return { step: 0, cursor: DATA_START, best: Number.NEGATIVE_INFINITY, ...FRESH_EXAMINED };
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
      ...supervisedPoints(report, learningRate),
      ...progress.step(step),
      ...resourcePoints(runtime),
    ]);

    // 7. Evaluation
    const due = step % config.evaluation.intervalSteps === 0 || step === total;
    const evaluated = due ? evaluate(step) : null;
    const isBest = evaluated !== null && evaluated.accuracy! > state.best;

    // 8. Doctor
    const { examined, findings, suspectedSince } = look(step, checkpointer.valuesAt(step), state);

    // 9. Checkpoint
    state = { step, cursor: next, best: isBest ? evaluated.accuracy! : state.best, ...examined };
    checkpointer.endStep(step, state, {
      now: asked.checkpoint || step === total || findings.length > 0,
      isBest: isBest && config.checkpoints.keepBest,
      suspectedSince,
    });
    stopOnFinding(step, findings);
  }

  // 10. Artifacts
  const certified = heldOut.slice(0, config.certificate.maxPairs ?? undefined);
  const judged = judgePairs(runtime, opened, certified, shape);
  const evaluation = judged.length > 0 ? { certificate: certify(judged) } : {};
  if (evaluation.certificate) keepWorstPairs(context.runFolder, evaluation.certificate, certified, judged);
  await saveArtifacts(context, [{ kind: 'reward_model', opened, detail: evaluation, responseEnds: ends }]);
  return { steps: total, ...evaluation };
};
