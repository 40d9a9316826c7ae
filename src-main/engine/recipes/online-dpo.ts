import type { RecipeConfig } from '#contract/config/index.ts';
import { comparePairs } from '../advantage/compared-pairs.ts';
import { perEntry } from '../advantage/group-advantages.ts';
import { scalesInForce } from '../advantage/scales.ts';
import { meanOf } from '../metrics/masked-statistics.ts';
import { onlinePoints } from '../metrics/online-points.ts';
import { scalePoints } from '../metrics/scale-points.ts';
import { updateStatistics } from '../metrics/update-points.ts';
import { terminalRewards } from '../reward/shape-rewards.ts';
import { createCheckpointer } from '../session/checkpoint/checkpointer.ts';
import type { Recipe } from '../session/context.ts';
import { finishOnline } from '../session/online/finish-online.ts';
import { FRESH_STATE, type OnlineState, onlineGroups } from '../session/online/online-state.ts';
import { openOnlineTrainer } from '../session/online/online-trainer.ts';
import { createProgress } from '../session/report/progress.ts';
import { onlineDpoLoss, onlineDpoPoints } from '../update/losses/online-dpo.ts';
import { planMinibatches } from '../update/minibatches.ts';
import { createOnlineUpdate } from '../update/online-update.ts';

/**
 * Online DPO: of two responses that the policy samples, the one that scores higher becomes more likely than the other.
 * Guo et al. 2024, arXiv 2402.04792. Docs: docs/algorithms/online-dpo.md.
 */
export const onlineDpo: Recipe<RecipeConfig<'online-dpo'>> = async (context) => {
  const { config, runtime, emit, control } = context;
  const { method, updates } = config;

  // 1. Models, data and reward
  const online = await openOnlineTrainer(context, { oldLogprobs: false });

  // 2. Update step
  const settings = { lossType: method.lossType, pairs: updates.minibatchSize / 2 };
  const update = createOnlineUpdate(runtime, {
    ...online.updateParts,
    vfCoef: 0,
    knobs: ['beta'],
    policyLoss: (batch, { beta }) => onlineDpoLoss({ ...batch, beta }, settings),
    valueLoss: null,
  });

  // 3. State
  const checkpointer = createCheckpointer<OnlineState>(context, onlineGroups(online.models), config.checkpoints);
  let state = checkpointer.restore() ?? online.begin(checkpointer, FRESH_STATE);
  const work = { phase: 'training', total: updates.totalIterations, unit: 'iterations' };
  const progress = createProgress(emit, work, state.iteration);

  while (state.iteration < updates.totalIterations) {
    const iteration = state.iteration + 1;
    const asked = await control.boundary(iteration, state.doctor.hold);
    if (asked.stop) checkpointer.stop(state.iteration, state, asked);
    const beta = control.inForce('method.beta', method.beta);

    // 4. Rollout
    const collected = online.collect(state);
    const { rollout, cursor } = collected;

    // 5. Reward
    const { scales: scoreScales, ...scored } = online.score(collected, state.scales);
    const rewards = terminalRewards(scored.scaledScores, rollout.responseMask);

    // 6. Advantage
    const penalty = method.missingEosPenalty ?? 0;
    const compared = scored.scaledScores.data.map((score, row) => score - (rollout.endedByStop[row] ? 0 : penalty));
    const { chosen, rejected } = comparePairs(compared);
    const margins = chosen.map((row, pair) => compared[row]! - compared[rejected[pair]!]!);
    const rawAdvantages = perEntry(
      compared.map((score, row) => score - compared[row % 2 === 0 ? row + 1 : row - 1]!),
      rollout.responseIds.shape as [number, number],
    );
    const estimated = { ...rollout, ...scored, rewards, rawAdvantages, returns: null };
    const { batch, scales } = online.scale(estimated, scoreScales);

    // 7. Update
    const pass = online.updates(state, batch);
    const plan = { ...pass.plan, rows: pass.plan.rows / 2, minibatchSize: pass.plan.minibatchSize / 2 };
    online.time('update', () => {
      for (const pairs of planMinibatches(plan)) {
        const minibatch = pass.take(pairs.flatMap((pair) => [chosen[pair]!, rejected[pair]!]));
        if (!pass.record(minibatch, update(minibatch, pass.next({ beta })))) break;
      }
    });
    const done = pass.done();

    // 8. Metrics
    checkpointer.metrics(iteration, [
      ...onlinePoints(batch, done),
      ...onlineDpoPoints(updateStatistics(done.reports)),
      { key: 'objective/scores_margin', value: meanOf(margins) },
      { key: 'val/contain_eos_token', value: meanOf(rollout.endedByStop.map(Number)) },
      { key: 'online_dpo/ties', value: meanOf(margins.map((margin) => Number(margin === 0))) },
      { key: 'beta', value: beta },
      ...scalePoints(scalesInForce(scales, config.scaling)),
      ...online.resources(),
    ]);

    // 9. Evaluation and checkpoint
    const { skippedInRow } = done;
    state = online.endIteration(
      checkpointer,
      { ...state, iteration, cursor, scales, skippedInRow, update: done.update },
      { asked, rollout: batch, notFinite: done.notFinite },
    );
    progress.step(iteration);
  }

  // 10. Artifacts
  return finishOnline(context, online.models, state, checkpointer.best());
};
