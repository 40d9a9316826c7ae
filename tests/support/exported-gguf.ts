import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GgufExportType } from '#contract/gguf-types.ts';
import { padBatch } from '#engine/jobs/batches/pad-batch.ts';
import { loadLanguageModel } from '#engine/model/load-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { createGenerator } from '#engine/rollout/generate.ts';
import type { Runtime, TensorRecord } from '#engine/runtime/types.ts';
import { writeByteTokenizer } from './byte-tokenizer.ts';
import { GOLDEN_MODELS, type goldenBatch } from './golden-models.ts';
import { tellOfJob } from './run-job.ts';

/** New tokens of a greedy continuation. */
export const NEW_TOKENS = 40;

export type Changes = Readonly<Record<string, unknown>>;

/** A folder of tests/fixtures/models with a tokenizer of its 199 tokens and changed fields of config.json. */
export function changedModel(name: string, changes: Changes, folder: string): string {
  cpSync(join(GOLDEN_MODELS, name), folder, { recursive: true });
  const path = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...config, ...changes }));
  writeByteTokenizer(folder, 199);
  return folder;
}

/** Exports the policy in a folder to a new one below `root`. */
export async function exportGguf(
  runtime: Runtime,
  root: string,
  {
    source,
    ...how
  }: { readonly source: string; readonly type: GgufExportType; readonly format?: 'gguf' | 'gguf-lora' },
) {
  const out = join(mkdtempSync(join(root, 'out-')), 'gguf');
  const job = { kind: 'export', format: 'gguf', ...how, what: 'policy', source, out, record: {} } as const;
  const { result } = await tellOfJob(runtime, job);
  const { file, remarks } = result as { readonly file: string; readonly remarks: readonly string[] };
  return { path: join(out, file), remarks };
}

/** Up to the end token, which is the last that llama.cpp gives. */
const untilEnd = (tokens: readonly number[]) => (tokens.includes(2) ? tokens.slice(0, tokens.indexOf(2) + 1) : tokens);

/** Greedy continuations of each row, by the model at a path. */
export function greedyTokens(
  runtime: Runtime,
  path: string,
  prompts: ReturnType<typeof goldenBatch>['batch'],
): number[][] {
  const model = loadLanguageModel(runtime.variables, 'reopened', path);
  const settings = { temperature: 0, topK: 0, topP: 1, stopTokenIds: [], padTokenId: 0, maxNewTokens: NEW_TOKENS };
  const generate = createGenerator(runtime, { name: path, weightsOf: plainWeights('reopened'), model, ...settings });
  const { ids } = generate(prompts, 0);
  const [rows] = ids.shape as [number];
  const of = (row: number) => Array.from(ids.data.slice(NEW_TOKENS * row, NEW_TOKENS * (row + 1)));
  return Array.from({ length: rows }, (_, row) => [...untilEnd(of(row))]);
}

/** Negative mean log-probability of the tokens after the first, nats. */
export function lossOf(runtime: Runtime, path: string, ids: readonly number[]): number {
  const model = loadLanguageModel(runtime.variables, 'scored', path);
  const step = runtime.compile('loss', (variables, inputs: TensorRecord) => {
    const weights = plainWeights('scored')(variables.weights());
    const { hidden } = model.forward(weights, inputs as never);
    return { logits: model.logits(weights, hidden.reshape([ids.length, -1])) };
  });
  const row = padBatch([ids], { rows: 1, length: ids.length, side: 'left' });
  const logits = step({ ...row }).logits?.data as Float32Array;
  const width = logits.length / ids.length;
  const losses = ids.slice(1).map((id, at) => {
    const scores = logits.subarray(at * width, (at + 1) * width);
    return Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - (scores[id] as number);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** The real tokens of each row. */
export function realPrompts(golden: ReturnType<typeof goldenBatch>['golden']): number[][] {
  return golden.ids.map((row, at) => row.filter((_, column) => golden.attention_mask[at]?.[column] === 1));
}
