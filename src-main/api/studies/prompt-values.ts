import type { StoredSample } from '#contract/api/runs/run-records.ts';
import type { Interval } from '#contract/statistics/intervals.ts';
import { judgeOverOptimization } from '#contract/statistics/over-optimization.ts';
import { changeOfMean } from '#contract/statistics/paired-change.ts';
import type { ReadableDb } from '../../store/database.ts';
import { readSamplesAt } from '../../store/queries/samples.ts';

type Read = (
  sample: StoredSample,
  start: Pick<StoredSample, 'score' | 'judge'> | undefined,
) => number | null | undefined;

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

type Start = Pick<StoredSample, 'score' | 'judge'>;

/**
 * Every value of an evaluation by metric and prompt. Equal prompts count separately; their index would not do, because seeds
 * hold out the same prompts at other places.
 */
function valuesOf(
  samples: readonly StoredSample[],
  starts: ReadonlyMap<number, Start>,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const named = samples.map((sample) => {
    const count = (counts.get(sample.prompt) ?? 0) + 1;
    counts.set(sample.prompt, count);
    return { sample, name: `${sample.prompt} ${count}` };
  });
  const all = Object.entries(READS).map(([key, read]) => {
    const values = named.flatMap(({ sample, name }) => {
      const value = read(sample, starts.get(sample.promptIndex));
      return Number.isFinite(value) ? [[name, value!] as const] : [];
    });
    return [key, new Map(values)] as const;
  });
  return new Map(all);
}

/** Reads each evaluation's responses once, when they are first needed, and keeps their numbers only. @param startStep its first evaluation. */
export function promptValues(db: ReadableDb, run: number, startStep: number): PromptValues {
  const known = new Map<number, ReturnType<typeof valuesOf>>();
  let starts: ReadonlyMap<number, Start> | null = null;
  const valuesAt = (step: number) => {
    const found = known.get(step);
    if (found) return found;
    starts ??= new Map(
      readSamplesAt(db, run, startStep).map(({ promptIndex, score, judge }) => [promptIndex, { score, judge }]),
    );
    const values = valuesOf(readSamplesAt(db, run, step), starts);
    known.set(step, values);
    return values;
  };
  const at: PromptValues['at'] = (key, step) => {
    const values = READS[key] ? valuesAt(step).get(key) : undefined;
    return values && values.size > 0 ? values : null;
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
