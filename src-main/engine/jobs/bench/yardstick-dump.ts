import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { KeelError } from '#contract/errors.ts';

const rows = z.array(z.array(z.number()));

const dumpSchema = z.object({
  /** Tokens of a prompt. */
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
export type YardstickDump = z.infer<typeof dumpSchema>;

const FILES = ['batch.json', 'critic.safetensors', 'reward.safetensors', join('policy', 'config.json')];

/** Reads batch.json of a folder that the yardstick's `--dump` wrote. Throws `bench_dump_bad`. */
export function readYardstickDump(folder: string): YardstickDump {
  const absent = FILES.filter((name) => !existsSync(join(folder, name)));
  const bad = (why: string, cause?: unknown) =>
    new KeelError({ code: 'bench_dump_bad', why, fix: 'Write it again with `apa_torch.py --dump FOLDER`.', cause });
  if (absent.length > 0) throw bad(`${folder} lacks ${absent.join(', ')}.`);
  try {
    return dumpSchema.parse(JSON.parse(readFileSync(join(folder, 'batch.json'), 'utf8')));
  } catch (cause) {
    throw bad(`${folder}/batch.json is not what the yardstick writes.`, cause);
  }
}
