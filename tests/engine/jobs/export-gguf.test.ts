import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { GGUF_EXPORT_TYPES, type GgufExportType } from '#contract/gguf-types.ts';
import { openGguf } from '#engine/gguf/open-gguf.ts';
import { loadTokenizer } from '#engine/tokenizer/files/load-tokenizer.ts';
import { askLlamaCpp, llamaCpp } from '../../support/llama-cpp.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const SOURCE = join(import.meta.dirname, '../../fixtures/gguf/complete.gguf');
const TEXTS = [
  'The gardener waters',
  'In 1987, 3.14 of 25',
  "I'll say  it's\n\n\there",
  'Gr\u00fc\u00dfe \u65e5\u672c!',
];
const folder = mkdtempSync(join(tmpdir(), 'keel-gguf-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Result {
  readonly file: string;
  readonly types: Readonly<Record<string, number>>;
  readonly replay: { readonly equal_tensors: number; readonly tensors: number; readonly max_abs_difference: number };
  readonly text: { readonly equal_tokenizer_files: number };
}

async function exported(type: GgufExportType): Promise<{ readonly path: string; readonly result: Result }> {
  const runtime = await (runtimeKinds[0] as (typeof runtimeKinds)[number]).start();
  const out = join(folder, type);
  const job = { kind: 'export', format: 'gguf', type, what: 'policy', source: SOURCE, out, record: {} } as const;
  const { result } = await tellOfJob(runtime, job);
  await runtime.dispose();
  return { path: join(out, (result as Result).file), result: result as Result };
}

/** Largest difference of outputs that rounding to a type may cause in this model, whose logits are around 1. */
const BOUNDS: Readonly<Record<GgufExportType, number>> = {
  F32: 0,
  F16: 0.01,
  Q8_0: 0.05,
  Q6_K: 0.1,
  Q5_K_M: 0.5,
  Q4_K_M: 1,
  Q4_0: 1,
};

/** What the Python package gguf reads of a file; null without KEEL_TEST_PYTHON. */
function readByPython(path: string) {
  const python = process.env.KEEL_TEST_PYTHON;
  if (!python) return null;
  const output = execFileSync(python, [join(import.meta.dirname, '../../support/read_gguf.py'), path]);
  return JSON.parse(output.toString()) as { readonly tensors: unknown; readonly keys: readonly string[] };
}

const digest = (values: Float32Array) =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

const llama = llamaCpp();
const missing = 'missing' in llama ? ` (llama.cpp skipped: ${llama.missing})` : '';

describe.each(GGUF_EXPORT_TYPES)(`exported as %s${missing}`, (type) => {
  test('is read back by Keel, and by llama.cpp with the same tokens of texts', { timeout: 60_000 }, async () => {
    const { path, result } = await exported(type);
    expect(result.replay.max_abs_difference).toBeLessThanOrEqual(BOUNDS[type]);
    expect(result.text.equal_tokenizer_files).toBe(1);
    const file = openGguf(path);
    const tensors = [...file.tensors.values()].map(({ name, type: { name: kind }, shape }) => {
      return [name, { type: kind, shape, sha256: digest(file.read(name)) }] as const;
    });
    file.close();
    const read = readByPython(path);
    if (read) {
      expect(read.tensors).toEqual(Object.fromEntries(tensors));
      expect(read.keys).toEqual([...file.metadata.keys()]);
    }
    const modelfile = readFileSync(join(path, '../Modelfile'), 'utf8');
    expect(modelfile.split('\n')[0]).toBe(`FROM ./${result.file}`);
    expect(modelfile).toContain('\nPARAMETER stop "');
    expect(file.metadata.get('tokenizer.ggml.pre')).toBe('qwen2');
    if ('missing' in llama) return;
    const tokenizer = loadTokenizer(path);
    const ids = TEXTS.map((text) => tokenizer.encode(text));
    const answer = askLlamaCpp(llama.folder, { path, prompts: ids, newTokens: 4, scored: ids.flat(), texts: TEXTS });
    expect(answer.ids).toEqual(ids);
    expect(answer.greedy.map((tokens) => tokens.length > 0)).toEqual(TEXTS.map(() => true));
    // A random model knows nothing: its loss is near that of equal probabilities, ln 515 = 6.24.
    expect(Math.abs(answer.loss - Math.log(515))).toBeLessThan(0.7);
  });
});
