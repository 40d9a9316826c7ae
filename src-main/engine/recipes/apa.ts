import type { RecipeConfig } from '#contract/config/index.ts';
import { estimateAdvantages } from '../advantage/estimate-advantages.ts';
import { scalesInForce } from '../advantage/scales.ts';
import { fixedPointPoints } from '../metrics/fixed-point.ts';
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
import { apaLoss, apaPoints } from '../update/losses/apa.ts';
import { valueLoss } from '../update/losses/value.ts';
import { planMinibatches } from '../update/minibatches.ts';
import { createOnlineUpdate } from '../update/online-update.ts';

/**
 * Advantage-Induced Policy Alignment: (log π - A/λ - log π_init)² on the policy's own responses.
 * Zhu et al. 2023, arXiv 2306.02231. Docs: docs/algorithms/apa.md.
 */
export const apa: Recipe<RecipeConfig<'apa'>> = async (context) => {
  const { config, runtime, emit, control } = context;
  const { method, updates } = config;

  // 1. Models, data and reward
  const online = await openOnlineTrainer(context, { oldLogprobs: false });

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
  let state = checkpointer.restore() ?? online.begin(checkpointer, FRESH_STATE);
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
    const { scales: scoreScales, ...scored } = online.score(collected, state.scales);
    const rewards = terminalRewards(scored.scaledScores, collected.rollout.responseMask);

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
      ...onlinePoints(batch, done),
      ...apaPoints(updateStatistics(done.reports)),
      ...fixedPointPoints(batch, lambda),
      ...scalePoints(scalesInForce(scales, config.scaling)),
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
