import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { factsReward, judgeReward } from '../research/starter/judge-rules.ts';
import { openRules } from '../research/starter/open-rules.ts';
import { writeSplit } from '../research/starter/splits.ts';
import { type Exchange, meanLogprob, trainFluencyModel } from './fluency.ts';
import type { AcceptanceLine } from './line.ts';
import { keel } from './run-program.ts';

const SEEDS = [0, 1, 2];

interface Sample {
  readonly prompt: string;
  readonly response: string;
}

interface DemoOutput {
  readonly seconds: number;
  readonly rewardModelAccuracy: number;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
  readonly samplesAfter: readonly Sample[];
}

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

function factsKept(samples: readonly Sample[]): number {
  const prompts = samples.map(({ prompt }) => prompt);
  const scores = openRules(factsReward)(
    prompts,
    samples.map(({ response }) => response),
  );
  return mean(Array.from(scores, (score) => (score > -1e-6 ? 1 : 0)));
}

function chosenExchanges(): readonly Exchange[] {
  return writeSplit('preference-held-out').map(({ record }) => ({ prompt: record.prompt, reply: record.chosen! }));
}

interface SeedOutcome {
  readonly passed: boolean;
  readonly figure: string;
}

function judgeSeed(seed: number, demo: DemoOutput, chosenJudge: number, fluencyGap: number): SeedOutcome {
  const { before, after, rewardModelAccuracy, samplesAfter, seconds } = demo;
  const kept = factsKept(samplesAfter);
  const judge = after['eval/judge']! / chosenJudge;
  const distinct = after['eval/distinct_replies']! / before['eval/distinct_replies']!;
  const passed =
    rewardModelAccuracy >= 0.95 && judge >= 0.9 && distinct >= 0.5 && kept >= 0.95 && Math.abs(fluencyGap) <= 0.3;
  const figure = [
    `seed ${seed}: reward model ${rewardModelAccuracy.toFixed(3)} (wanted 0.95)`,
    `judge ${before['eval/judge']!.toFixed(3)} to ${after['eval/judge']!.toFixed(3)}, ${judge.toFixed(2)} of the chosen replies' (wanted 0.9)`,
    `exact KL ${after['eval/kl_exact']!.toFixed(2)} nats a reply`,
    `distinct replies ${distinct.toFixed(2)} of the start's (wanted 0.5)`,
    `facts kept ${kept.toFixed(3)} of ${samplesAfter.length} replies (wanted 0.95)`,
    `log-probability a token ${fluencyGap.toFixed(2)} nats from the chosen replies' (wanted within 0.3)`,
    `${seconds.toFixed(0)} s`,
  ].join('; ');
  return { passed, figure };
}

export const starter: AcceptanceLine = {
  number: 5,
  title: 'The starter, 3 seeds: reward model, judge, distinct replies, facts kept, fluency',
  async run(tell) {
    const folder = mkdtempSync(join(tmpdir(), 'keel-starter-'));
    try {
      tell('training the language model that judges fluency');
      const model = await trainFluencyModel(folder);
      const chosen = chosenExchanges();
      const ofChosen = await meanLogprob(model, chosen, folder);
      const chosenJudge = mean(
        openRules(judgeReward)(
          chosen.map(({ prompt }) => prompt),
          chosen.map(({ reply }) => reply),
        ),
      );
      const outcomes: SeedOutcome[] = [];
      for (const seed of SEEDS) {
        tell(`demo with seed ${seed}`);
        const out = join(folder, `policy-${seed}`);
        const rows = await keel(['demo', '--seed', String(seed), '--out', out]);
        const demo = rows.findLast(({ type }) => type === 'demo') as unknown as DemoOutput;
        const replies = demo.samplesAfter.map(({ prompt, response }) => ({ prompt, reply: response }));
        const outcome = judgeSeed(seed, demo, chosenJudge, (await meanLogprob(model, replies, folder)) - ofChosen);
        tell(outcome.figure);
        outcomes.push(outcome);
      }
      return {
        passed: outcomes.every(({ passed }) => passed),
        figures: [`chosen replies: judge ${chosenJudge.toFixed(3)}, log-probability a token ${ofChosen.toFixed(3)}`],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
