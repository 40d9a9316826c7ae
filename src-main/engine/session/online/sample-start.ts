import type { StartSamples } from '#contract/api/runs/start-samples.ts';
import { findRecipe } from '#contract/config/index.ts';
import type { Progress } from '../context.ts';
import { requireFiniteScores } from './finite-scores.ts';
import { type OnlineContext, openOnlineModels } from './online-models.ts';
import { openOnlineRollouts } from './online-rollouts.ts';
import { openData } from './online-trainer.ts';
import { openReward } from './open-reward.ts';

/**
 * Samples several responses of the starting policy to each of the run's fixed prompts, and scores them as an evaluation
 * would: what "best of n" chooses from. The first of them is the response of the run's own first evaluation.
 */
export async function sampleStart(
  context: OnlineContext,
  samples: number,
  tell: (progress: Progress) => void,
): Promise<StartSamples> {
  const { config } = context;
  const models = openOnlineModels(context);
  const base = models.policy.adapted?.base ?? null;
  const reward = openReward(context, config.reward, 'reward', base);
  const judge = config.judge ? openReward(context, config.judge, 'judge', base) : null;
  const isGiven = findRecipe(config.recipe)?.data !== 'prompts';
  const { fixed } = await openData(context, models, { reward, judge }, isGiven);
  const rollouts = openOnlineRollouts(context, models, { oldLogprobs: false });
  const prompts = fixed.map(({ asked }) => asked);
  const rewards: number[][] = prompts.map(() => []);
  const judges: number[][] = prompts.map(() => []);
  const responses = prompts.map(() => new Set<string>());
  for (let draw = 0; draw < samples; draw++) {
    tell({ phase: 'sampling', done: draw, total: samples, unit: 'responses a prompt' });
    if (await context.control.stopRequested()) break;
    const { responses: texts } = rollouts.evaluation(fixed, draw);
    const scores = reward.score(prompts, texts);
    requireFiniteScores('reward', reward, draw, { prompts, responses: texts, scores });
    const judged = judge?.score(prompts, texts) ?? null;
    if (judge && judged) requireFiniteScores('judge', judge, draw, { prompts, responses: texts, scores: judged });
    for (const [row, text] of texts.entries()) {
      rewards[row]!.push(scores[row]!);
      if (judged) judges[row]!.push(judged[row]!);
      responses[row]!.add(text);
    }
  }
  const drawn = rewards[0]?.length ?? 0;
  const distinct = responses.reduce((sum, texts) => sum + texts.size, 0) / Math.max(1, drawn * prompts.length);
  return { samples: drawn, distinct, rewards, judges: judge ? judges : null };
}
