import type { StoredSample } from '#contract/api/runs/run-records.ts';
import type { Interval } from '#contract/statistics/intervals.ts';
import { judgeOverOptimization } from '#contract/statistics/over-optimization.ts';
import { changeOfMean } from '#contract/statistics/paired-change.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readSamplesAt } from '../../store/queries/samples.ts';

type Read = (sample: StoredSample, start: StoredSample | undefined) => number | null | undefined;

const wins = (ours: number | null, theirs: number | null | undefined) => {
  if (ours === null || theirs === null || theirs === undefined) return null;
  return ours > theirs ? 1 : ours === theirs ? 0.5 : 0;
};

/** The metrics that are means over prompts, with the value of one prompt. */
const READS: Readonly<Record<string, Read>> = {
  'eval/reward': ({ score }) => score,
  'eval/judge': ({ judge }) => judge,
  'eval/win_rate': ({ score }, start) => wins(score, start?.score),
  'eval/judge_win_rate': ({ judge }, start) => wins(judge, start?.judge),
  'eval/kl_exact': ({ totals }) => totals?.kl,
  'eval/response_length': ({ totals }) => totals?.tokens,
  'eval/ended_by_stop': ({ endedByStop }) => Number(endedByStop),
};

/** The values of a run's evaluations, prompt by prompt. */
export interface PromptValues {
  /** By prompt; null for a metric that is no mean over prompts, or if the run did not keep its values. */
  at(key: string, step: number): ReadonlyMap<string, number> | null;
  /** Paired by prompt; null if there are no pairs. */
  change(key: string, fromStep: number, toStep: number): Interval | null;
  isOverOptimized(fromStep: number, toStep: number): boolean;
}

/** Reads each evaluation's responses once, when they are first needed. @param startStep its first evaluation. */
export function promptValues(db: ReadableDb, run: number, startStep: number): PromptValues {
  const known = new Map<number, readonly StoredSample[]>();
  const samplesAt = (step: number) => {
    const samples = known.get(step) ?? readSamplesAt(db, run, step);
    known.set(step, samples);
    return samples;
  };
  const at: PromptValues['at'] = (key, step) => {
    const read = READS[key];
    if (!read) return null;
    const starts = new Map(samplesAt(startStep).map((sample) => [sample.promptIndex, sample]));
    const counts = new Map<string, number>();
    const values = samplesAt(step).flatMap((sample) => {
      const { prompt, promptIndex } = sample;
      counts.set(prompt, (counts.get(prompt) ?? 0) + 1);
      const value = read(sample, starts.get(promptIndex));
      // Equal prompts count separately. The index would not do: seeds hold out the same prompts at other places.
      return Number.isFinite(value) ? [[`${prompt} ${counts.get(prompt)}`, value!] as const] : [];
    });
    return values.length > 0 ? new Map(values) : null;
  };
  const change: PromptValues['change'] = (key, fromStep, toStep) => {
    const [before, after] = [at(key, fromStep), at(key, toStep)];
    const shared = [...(before?.keys() ?? [])].filter((prompt) => after?.has(prompt));
    if (shared.length === 0) return null;
    return changeOfMean(
      shared.map((prompt) => before!.get(prompt)!),
      shared.map((prompt) => after!.get(prompt)!),
    );
  };
  return {
    at,
    change,
    isOverOptimized(fromStep, toStep) {
      const reward = change('eval/reward', fromStep, toStep);
      return reward !== null && judgeOverOptimization(reward, change('eval/judge', fromStep, toStep)).isFound;
    },
  };
}
