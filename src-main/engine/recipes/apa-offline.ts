import type { RecipeConfig } from '#contract/config/index.ts';
import { estimateAdvantages } from '../advantage/estimate-advantages.ts';
import { scalesInForce } from '../advantage/scales.ts';
import { givenPoints } from '../metrics/online-points.ts';
import { scalePoints } from '../metrics/scale-points.ts';
import { updateStatistics } from '../metrics/update-points.ts';
import { terminalRewards } from '../reward/shape-rewards.ts';
import { createCheckpointer } from '../session/checkpoint/checkpointer.ts';
import type { Recipe } from '../session/context.ts';
import { finishOnline } from '../session/online/finish-online.ts';
import { NO_STANDARD, standardized } from '../session/online/given-responses.ts';
import { FRESH_STATE, type OnlineState, onlineGroups } from '../session/online/online-state.ts';
import { openOnlineTrainer } from '../session/online/online-trainer.ts';
import { createProgress } from '../session/report/progress.ts';
import { apaLoss, apaPoints } from '../update/losses/apa.ts';
import { valueLoss } from '../update/losses/value.ts';
import { planMinibatches } from '../update/minibatches.ts';
import { createOnlineUpdate } from '../update/online-update.ts';

/**
 * APA on the responses of preference pairs: (log π - A/λ - log π_init)², scored by the reward. Zhu et al. 2023, arXiv
 * 2306.02231, and its released code for offline data. Docs: docs/algorithms/apa-offline.md.
 */
export const apaOffline: Recipe<RecipeConfig<'apa-offline'>> = async (context) => {
  const { config, runtime, emit, control } = context;
  const { method, updates, scaling } = config;

  // 1. Models, data and reward
  const online = await openOnlineTrainer(context, { oldLogprobs: false, given: method });

  // 2. Update step
  const update = createOnlineUpdate(runtime, {
    ...online.updateParts,
    vfCoef: method.vfCoef,
    knobs: ['lambda'],
    policyLoss: (batch, { lambda }) => apaLoss({ ...batch, lambda }),
    valueLoss,
  });

  // 3. State
  const checkpointer = createCheckpointer<OnlineState>(context, onlineGroups(online.models), config.checkpoints);
  const begin = async () => {
    const standard = method.standardizeRewards ? await online.standard() : NO_STANDARD;
    return online.begin(checkpointer, { ...FRESH_STATE, standard });
  };
  let state = checkpointer.restore() ?? (await begin());
  const work = { phase: 'training', total: updates.totalIterations, unit: 'iterations' };
  const progress = createProgress(emit, work, state.iteration);

  while (state.iteration < updates.totalIterations) {
    const iteration = state.iteration + 1;
    const asked = await control.boundary(iteration, state.doctor.hold);
    if (asked.stop) checkpointer.stop(state.iteration, state, asked);
    const lambda = control.inForce('method.apa_lambda', method.apaLambda);

    // 4. Rollout
    const collected = online.collect(state);

    // 5. Reward
    const { scales: scoreScales, ...raw } = online.score(collected, state.scales);
    const scaledScores = method.standardizeRewards
      ? standardized(raw.scores, state.standard!, scaling.cliprangeReward)
      : raw.scaledScores;
    const scored = { scores: raw.scores, scaledScores };
    const rewards = terminalRewards(scaledScores, collected.rollout.responseMask);

    // 6. Advantage
    const estimated = estimateAdvantages({ ...collected.rollout, ...scored, rewards }, method);
    const { batch, scales } = online.scale(estimated, scoreScales);

    // 7. Update
    const pass = online.updates(state, batch);
    online.time('update', () => {
      for (const rows of planMinibatches(pass.plan)) {
        const minibatch = pass.take(rows);
        if (!pass.record(minibatch, update(minibatch, pass.next({ lambda })))) break;
      }
    });
    const done = pass.done();

    // 8. Metrics
    checkpointer.metrics(iteration, [
      ...givenPoints(batch, done),
      ...apaPoints(updateStatistics(done.reports)),
      ...scalePoints(scalesInForce(scales, scaling)),
      ...online.resources(),
      { key: 'apa/lambda', value: lambda },
    ]);

    // 9. Evaluation and checkpoint
    const { cursor } = collected;
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
