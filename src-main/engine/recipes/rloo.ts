import type { RecipeConfig } from '#contract/config/index.ts';
import { leaveOneOutAdvantages, perEntry } from '../advantage/group-advantages.ts';
import { entriesIn, learnedMask } from '../advantage/learned-entries.ts';
import { scalesInForce } from '../advantage/scales.ts';
import { groupPoints } from '../metrics/group-points.ts';
import { onlinePoints } from '../metrics/online-points.ts';
import { scalePoints } from '../metrics/scale-points.ts';
import { updateStatistics } from '../metrics/update-points.ts';
import { responseKl, terminalRewards } from '../reward/shape-rewards.ts';
import { float32 } from '../runtime/host-tensor.ts';
import { createCheckpointer } from '../session/checkpoint/checkpointer.ts';
import type { Recipe } from '../session/context.ts';
import { finishOnline } from '../session/online/finish-online.ts';
import { FRESH_STATE, type OnlineState, onlineGroups } from '../session/online/online-state.ts';
import { openOnlineTrainer } from '../session/online/online-trainer.ts';
import { createProgress } from '../session/report/progress.ts';
import { rlooLoss, rlooPoints } from '../update/losses/rloo.ts';
import { planMinibatches } from '../update/minibatches.ts';
import { createOnlineUpdate } from '../update/online-update.ts';

/**
 * REINFORCE with a leave-one-out baseline and the KL to the start in the reward.
 * Ahmadian et al. 2024, arXiv 2402.14740. Docs: docs/algorithms/rloo.md.
 */
export const rloo: Recipe<RecipeConfig<'rloo'>> = async (context) => {
  const { config, runtime, emit, control } = context;
  const { method, rollouts, updates } = config;
  const minibatches = rollouts.numRollouts / updates.minibatchSize;

  // 1. Models, data and reward
  const online = await openOnlineTrainer(context, { oldLogprobs: minibatches * updates.numPpoEpochs > 1 });

  // 2. Update step
  const settings = { ...method, epsilonHigh: method.epsilonHigh ?? method.epsilon, rows: updates.minibatchSize };
  const update = createOnlineUpdate(runtime, {
    ...online.updateParts,
    vfCoef: 0,
    knobs: [],
    needsEntropy: true,
    policyLoss: (batch) => rlooLoss({ ...batch, entropy: batch.entropy! }, settings),
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
    const responseMask = learnedMask(rollout, method.maskTruncatedCompletions);
    const kl = responseKl({ ...rollout, responseMask });
    const penalized = scored.scaledScores.data.map((score, row) => score - beta * kl[row]!);
    const rewards = terminalRewards(float32(penalized, scored.scaledScores.shape), rollout.responseMask);

    // 6. Advantage
    const compared = leaveOneOutAdvantages(penalized, rollouts.numGenerations, method.normalizeAdvantages);
    const rawAdvantages = perEntry(compared, rollout.responseIds.shape as [number, number]);
    const estimated = { ...rollout, ...scored, rewards, rawAdvantages, returns: null };
    const { batch, scales } = online.scale(estimated, scoreScales);

    // 7. Update
    const pass = online.updates(state, { ...batch, responseMask });
    online.time('update', () => {
      for (const rows of planMinibatches(pass.plan)) {
        const minibatch = pass.take(rows);
        if (!pass.record(minibatch, update(minibatch, pass.next({})))) break;
      }
    });
    const done = pass.done();

    // 8. Metrics
    checkpointer.metrics(iteration, [
      ...onlinePoints(batch, done),
      ...groupPoints(batch, rollouts.numGenerations),
      ...rlooPoints(updateStatistics(done.reports), { beta, kl, entries: entriesIn(responseMask) }),
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
