import type { StoredSample } from '#contract/api/runs/run-records.ts';
import type { RunStep, Versus } from '#contract/api/runs/studies.ts';
import { KeelError } from '#contract/errors.ts';
import { winRate } from '#contract/statistics/intervals.ts';
import type { RunHost } from '../../runs/host/run-host.ts';
import { matchByPrompt, type StepSamples, samplesAtStep } from './samples-at-step.ts';

function scorerOf({ config }: StepSamples, by: Versus['by']): string {
  return JSON.stringify(config[by] ?? null);
}

function scoreOf(sample: StoredSample, by: Versus['by']): number {
  return by === 'reward' ? sample.score : (sample.judge ?? Number.NaN);
}

/**
 * How often our response scores above theirs on the prompts that both have, counting a tie as one half, with the Wilson
 * interval.
 * Throws `samples_missing`, `samples_unscored`.
 */
export function versus(host: RunHost, request: { ours: RunStep; theirs: RunStep; by: Versus['by'] }): Versus {
  const { by } = request;
  const [ours, theirs] = [samplesAtStep(host, request.ours), samplesAtStep(host, request.theirs)];
  const matched = matchByPrompt(ours.samples, theirs.samples);
  const scored = matched
    .map((pair) => [scoreOf(pair.ours, by), scoreOf(pair.theirs, by)] as const)
    .filter(([one, other]) => !Number.isNaN(one) && !Number.isNaN(other));
  if (matched.length > 0 && scored.length === 0) {
    throw new KeelError({
      code: 'samples_unscored',
      why: `No responses to shared prompts were scored by ${by === 'judge' ? 'a judge' : 'a reward'} in both runs.`,
      fix: by === 'judge' ? 'Compare by reward, or give the runs a judge.' : 'Check the runs for failed rewards.',
    });
  }
  const result = winRate(
    scored.map(([one]) => one),
    scored.map(([, other]) => other),
  );
  const prompts = new Set([...ours.samples, ...theirs.samples].map(({ prompt }) => prompt));
  return {
    ...result,
    ours: { run: ours.run.id, step: ours.step },
    theirs: { run: theirs.run.id, step: theirs.step },
    by,
    wins: scored.filter(([one, other]) => one > other).length,
    ties: scored.filter(([one, other]) => one === other).length,
    unmatched: prompts.size - matched.length,
    isSameScorer: scorerOf(ours, by) === scorerOf(theirs, by),
  };
}
