import type { RecipeConfig } from '#contract/config/index.ts';
import { perEntry } from '../advantage/group-advantages.ts';
import { rowsIn, withoutRows } from '../advantage/learned-entries.ts';
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
import { a2poLoss, a2poPoints } from '../update/losses/a2po.ts';
import { planMinibatches } from '../update/minibatches.ts';
import { createOnlineUpdate } from '../update/online-update.ts';

/**
 * Optimal advantage regression (A*-PO): (β₂ log(π / π_ref) - (score - V*))² on whole responses of the policy.
 * Brantley et al. 2025, arXiv 2505.20686. Docs: docs/algorithms/a2po.md.
 */
export const a2po: Recipe<RecipeConfig<'a2po'>> = async (context) => {
  const { config, runtime, emit, control } = context;
  const { method, rollouts, updates } = config;

  // 1. Models, data and reward
  const online = await openOnlineTrainer(context, { oldLogprobs: false });

  // 2. Update step
  const update = createOnlineUpdate(runtime, {
    ...online.updateParts,
    vfCoef: 0,
    knobs: ['beta2', 'responses'],
    policyLoss: (batch, { beta2, responses }) => a2poLoss({ ...batch, beta2, responses }),
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
    const beta2 = control.inForce('method.beta2', method.beta2);

    // 4. Rollout
    const collected = online.collect(state);
    const { rollout, cursor } = collected;

    // 5. Reward
    const { scales: scoreScales, ...scored } = online.score(collected, state.scales);
    const rewards = terminalRewards(scored.scaledScores, rollout.responseMask);

    // 6. Advantage
    const optimalValues = online.optimalValues(state.optimalValues ?? {}, collected, method);
    const ofRow = rollout.responses.map((_, row) => {
      return optimalValues[collected.drawn[Math.floor(row / rollouts.numGenerations)]!]!;
    });
    const compared = scored.scaledScores.data.map((score, row) => score - ofRow[row]!.value);
    const rawAdvantages = perEntry(compared, rollout.responseIds.shape as [number, number]);
    const estimated = { ...rollout, ...scored, rewards, rawAdvantages, returns: null };
    const { batch, scales } = online.scale(estimated, scoreScales);
    const isFiltered = (row: number) => method.filterAllIncorrect && ofRow[row]!.isAllZero;
    const responseMask = withoutRows(rollout.responseMask, isFiltered);

    // 7. Update
    const pass = online.updates(state, { ...batch, responseMask });
    online.time('update', () => {
      for (const rows of planMinibatches(pass.plan)) {
        const minibatch = pass.take(rows);
        const responses = rowsIn(minibatch.batch.responseMask);
        if (!pass.record(minibatch, update(minibatch, pass.next({ beta2, responses })))) break;
      }
    });
    const done = pass.done();

    // 8. Metrics
    checkpointer.metrics(iteration, [
      ...onlinePoints(batch, done),
      ...a2poPoints(updateStatistics(done.reports)),
      { key: 'v_star', value: meanOf(ofRow.map(({ value }) => value)) },
      { key: 'a2po/filtered_share', value: meanOf(ofRow.map((_, row) => Number(isFiltered(row)))) },
      { key: 'a2po/beta2', value: beta2 },
      ...scalePoints(scalesInForce(scales, config.scaling)),
      ...online.resources(),
    ]);

    // 9. Evaluation and checkpoint
    const { skippedInRow } = done;
    state = online.endIteration(
      checkpointer,
      { ...state, iteration, cursor, scales, skippedInRow, optimalValues, update: done.update },
      { asked, rollout: batch, notFinite: done.notFinite },
    );
    progress.step(iteration);
  }

  // 10. Artifacts
  return finishOnline(context, online.models, state, checkpointer.best());
};
