import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';
import { sequenceInputs } from '../../rollout/sequence-inputs.ts';
import { bool, type FloatHost, float32, int32 } from '../../runtime/host-tensor.ts';
import type { Runtime } from '../../runtime/types.ts';
import { loadAdaptedModels } from './bench-adapters.ts';
import { loadBenchModels } from './bench-models.ts';
import type { BenchOptions } from './bench-options.ts';
import { benchReward, benchScorer, benchUpdate, LEARNING_RATE } from './bench-steps.ts';

const rows = z.array(z.array(z.number()));

const dumpSchema = z.object({
  /** Tokens per prompt. */
  prompt: z.int().positive(),
  inverse_lambda: z.number(),
  policy_loss: z.number(),
  value_loss: z.number(),
  /** [b, q + r] */
  ids: z.array(z.array(z.int().nonnegative())).min(1),
  /** [b, r] each. */
  logprobs: rows,
  ref_logprobs: rows,
  values: rows,
  advantages: rows,
  returns: rows,
  /** [b] */
  scores: z.array(z.number()),
});
type BaselineDump = z.infer<typeof dumpSchema>;

const FILES = ['batch.json', 'critic.safetensors', 'reward.safetensors', join('policy', 'config.json')];
const ADAPTED_FILES = [
  'batch.json',
  'critic-head.safetensors',
  'reward-head.safetensors',
  join('base', 'config.json'),
  join('adapters', 'policy', 'adapter_config.json'),
];

/** Whether a dump is of the baseline with adapters. */
const isAdapted = (folder: string) => existsSync(join(folder, 'base'));

/** Reads batch.json from a folder that the PyTorch baseline's `--dump` wrote. Throws `bench_dump_bad`. */
function readBaselineDump(folder: string): BaselineDump {
  const absent = (isAdapted(folder) ? ADAPTED_FILES : FILES).filter((name) => !existsSync(join(folder, name)));
  const bad = (why: string, cause?: unknown) =>
    new KeelError({
      code: 'bench_dump_bad',
      why,
      fix: 'Create it again with the `--dump FOLDER` of the PyTorch baseline.',
      cause,
    });
  if (absent.length > 0) throw bad(`${folder} does not contain ${absent.join(', ')}.`);
  try {
    return dumpSchema.parse(JSON.parse(readFileSync(join(folder, 'batch.json'), 'utf8')));
  } catch (cause) {
    throw bad(`${folder}/batch.json does not have the format that the PyTorch baseline writes.`, cause);
  }
}

/** Maximum difference between Keel and the PyTorch baseline, in nats; the same for values, scores and losses. */
export const CHECK_TOLERANCE = 1e-4;

/** Largest absolute differences from the PyTorch baseline on the same weights and batch. */
export interface BenchCheckReport {
  readonly passed: boolean;
  readonly tolerance: number;
  readonly max_abs_difference: Readonly<Record<'logprobs' | 'ref_logprobs' | 'values' | 'scores', number>>;
  readonly policy_loss: { readonly keel: number; readonly baseline: number; readonly difference: number };
  readonly value_loss: { readonly keel: number; readonly baseline: number; readonly difference: number };
}

function largestDifference(ours: Float32Array, theirs: readonly number[]): number {
  if (ours.length !== theirs.length) throw new RangeError(`expected ${theirs.length} numbers but got ${ours.length}`);
  // A NaN counts as an infinite difference: Math.max would return NaN, and every comparison with it is false.
  return ours.reduce((largest, value, index) => {
    const difference = Math.abs(value - theirs[index]!);
    return difference <= largest ? largest : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }, 0);
}

function arrays({ ids, prompt: q, ...dump }: BaselineDump) {
  const rows = ids.length;
  const r = ids[0]!.length - q;
  const stack = (from: number, to: number) =>
    int32(
      ids.flatMap((row) => row.slice(from, to)),
      [rows, to - from],
    );
  const float = (values: readonly (readonly number[])[]): FloatHost => float32(values.flat(), [rows, r]);
  return {
    prompt: { ids: stack(0, q), attentionMask: bool(new Uint8Array(rows * q).fill(1), [rows, q]) },
    responseIds: stack(q, q + r),
    responseMask: bool(new Uint8Array(rows * r).fill(1), [rows, r]),
    refLogprobs: float(dump.ref_logprobs),
    advantages: float(dump.advantages),
    returns: float(dump.returns),
  };
}

/**
 * Loads a dump of the PyTorch baseline and evaluates its batch with the recipe's own steps.
 * Throws `bench_dump_bad` and whatever loading a model throws.
 */
export function checkAgainstBaseline(
  runtime: Runtime,
  folder: string,
  how: Pick<BenchOptions, 'recompute' | 'microBatch'>,
): BenchCheckReport {
  const dump = readBaselineDump(folder);
  const models = isAdapted(folder) ? loadAdaptedModels(runtime, folder) : loadBenchModels(runtime, folder);
  const { prompt, responseIds, responseMask, refLogprobs, advantages, returns } = arrays(dump);
  const scored = benchScorer(runtime, models, true)({ prompt, responseIds, responseMask });
  const logprobs = scored.policyLogprobs!;
  const scores = benchReward(runtime, models, dump.ids.length)(dump.ids);
  const sequences = { ...sequenceInputs(prompt, responseIds, responseMask) };
  const { values } = scored;
  const batch = { responseIds, responseMask, refLogprobs, oldLogprobs: logprobs, values, advantages, returns };
  const at = { learningRate: LEARNING_RATE, knobs: { lambda: 1 / dump.inverse_lambda }, update: 1 };
  const losses = benchUpdate(runtime, models, how)({ sequences, batch }, at);
  const loss = (key: 'policy_loss' | 'value_loss') => {
    const [keel, baseline] = [losses[key]!, dump[key]];
    return { keel, baseline, difference: largestDifference(Float32Array.of(keel), [baseline]) };
  };
  const max_abs_difference = {
    logprobs: largestDifference(logprobs.data, dump.logprobs.flat()),
    ref_logprobs: largestDifference(scored.refLogprobs.data, dump.ref_logprobs.flat()),
    values: largestDifference(values!.data, dump.values.flat()),
    scores: largestDifference(scores, dump.scores),
  };
  const [policy_loss, value_loss] = [loss('policy_loss'), loss('value_loss')];
  const all = [...Object.values(max_abs_difference), policy_loss.difference, value_loss.difference];
  const passed = all.every((difference) => difference <= CHECK_TOLERANCE);
  return { passed, tolerance: CHECK_TOLERANCE, max_abs_difference, policy_loss, value_loss };
}
