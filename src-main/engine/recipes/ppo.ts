import type { RecipeConfig } from '#contract/config/index.ts';
import { estimateAdvantages } from '../advantage/estimate-advantages.ts';
import { scalesInForce } from '../advantage/scales.ts';
import { meanResponseKl } from '../evaluation/reply-statistics.ts';
import { onlinePoints } from '../metrics/online-points.ts';
import { klRewardPoints } from '../metrics/rollout-points.ts';
import { scalePoints } from '../metrics/scale-points.ts';
import { updateStatistics } from '../metrics/update-points.ts';
import { adaptKlCoef } from '../reward/kl-controller.ts';
import { klRewards } from '../reward/shape-rewards.ts';
import { createCheckpointer } from '../session/checkpoint/checkpointer.ts';
import type { Recipe } from '../session/context.ts';
import { finishOnline } from '../session/online/finish-online.ts';
import { FRESH_STATE, type OnlineState, onlineGroups } from '../session/online/online-state.ts';
import { openOnlineTrainer } from '../session/online/online-trainer.ts';
import { createProgress } from '../session/report/progress.ts';
import { clippedValueLoss } from '../update/losses/clipped-value.ts';
import { ppoLoss, ppoPoints } from '../update/losses/ppo.ts';
import { planMinibatches } from '../update/minibatches.ts';
import { createOnlineUpdate } from '../update/online-update.ts';

/**
 * Proximal policy optimization with the KL to the starting policy in the reward.
 * Schulman et al. 2017, arXiv 1707.06347; Ziegler et al. 2019, arXiv 1909.08593. Docs: docs/algorithms/ppo.md.
 */
export const ppo: Recipe<RecipeConfig<'ppo'>> = async (context) => {
  const { config, runtime, emit, control } = context;
  const { method, rollouts, updates } = config;

  // 1. Models, data and reward
  const online = await openOnlineTrainer(context, { oldLogprobs: true });

  // 2. Update step
  const update = createOnlineUpdate(runtime, {
    ...online.updateParts,
    vfCoef: method.vfCoef,
    knobs: [],
    policyLoss: (batch) => ppoLoss({ ...batch, cliprange: method.cliprange }),
    valueLoss: (batch) => clippedValueLoss({ ...batch, cliprangeValue: method.cliprangeValue }),
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
    const klCoef = state.klCoef ?? control.inForce('method.kl_coef', method.klCoef);

    // 4. Rollout
    const collected = online.collect(state);

    // 5. Reward
    const { scales: scoreScales, ...scored } = online.score(collected, state.scales);
    const { rollout } = collected;
    const rewards = klRewards({ ...rollout, ...scored, klCoef, estimator: method.klEstimator });

    // 6. Advantage
    const estimated = estimateAdvantages({ ...rollout, ...scored, rewards }, method);
    const { batch, scales } = online.scale(estimated, scoreScales);

    // 7. Update
    const pass = online.updates(state, batch);
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
      ...ppoPoints(updateStatistics(done.reports)),
      ...scalePoints(scalesInForce(scales, config.scaling)),
      ...online.resources(),
      ...klRewardPoints(batch, klCoef),
    ]);

    // 9. Evaluation and checkpoint
    const { cursor } = collected;
    const { skippedInRow } = done;
    const next =
      method.klController === 'adaptive'
        ? adaptKlCoef(klCoef, meanResponseKl(rollout), rollouts.numRollouts, method)
        : null;
    state = online.endIteration(
      checkpointer,
      { ...state, iteration, cursor, scales, skippedInRow, update: done.update, klCoef: next },
      { asked, rollout: batch, notFinite: done.notFinite },
    );
    progress.step(iteration);
  }

  // 10. Artifacts
  return finishOnline(context, online.models, state, checkpointer.best());
};
