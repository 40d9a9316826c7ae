import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EXPORT_DTYPES, type ExportDtype } from '#contract/export-dtypes.ts';
import { openSafetensors } from '#engine/model/safetensors/open-safetensors.ts';
import { writeSafetensors } from '#engine/model/safetensors/write-safetensors.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { runtimeKinds } from '../../support/runtimes.ts';
import { writeSmallTokenizer } from '../../support/small-tokenizer.ts';

// The adapters are made by tests/golden/make_adapters.py: saved by PEFT, for the random models of tests/fixtures/models.
const FIXTURES = join(import.meta.dirname, '../../fixtures');
const PYTHON = process.env.KEEL_TEST_PYTHON;
const root = mkdtempSync(join(tmpdir(), 'keel-merge-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A base with a tokenizer of ASCII characters, which the 199 rows of the models have room for, and its adapter. */
function place(name: string): { readonly base: string; readonly adapter: string } {
  const folder = mkdtempSync(join(root, `${name}-`));
  const [base, adapter] = [join(folder, 'base'), join(folder, 'adapter')];
  cpSync(join(FIXTURES, 'models', name), base, { recursive: true });
  cpSync(join(FIXTURES, 'adapters', name), adapter, { recursive: true });
  writeSmallTokenizer({ added: ['<end>'], eos: '<end>' }, base);
  const path = join(base, 'tokenizer.json');
  const json = JSON.parse(readFileSync(path, 'utf8')) as {
    model: { vocab: Record<string, number>; unk_token: string };
  };
  // JavaScript puts keys that are digits first.
  const known = Object.entries(json.model.vocab).sort(([, one], [, other]) => one - other);
  const ascii = known.map(([token]) => token).filter((token) => /^(<end>|[ -~]|\u0120|\u010a)$/.test(token));
  json.model.vocab = Object.fromEntries(ascii.map((token, id) => [token, id]));
  json.model.unk_token = '<end>';
  writeFileSync(path, JSON.stringify(json));
  const config = join(adapter, 'adapter_config.json');
  const own = JSON.parse(readFileSync(config, 'utf8')) as object;
  writeFileSync(config, JSON.stringify({ ...own, base_model_name_or_path: '../base' }));
  return { base, adapter };
}

interface Merged {
  readonly what: string;
  readonly merge: { readonly max_abs_difference: number; readonly largest_output: number; readonly bound: number };
  readonly rounding: { readonly values: number; readonly changed: number };
  readonly replay: { readonly tensors: number; readonly equal_tensors: number; readonly max_abs_difference: number };
}

async function merged(adapter: string, out: string, more: { dtype?: ExportDtype; force?: boolean } = {}) {
  const runtime = await runtimeKinds[0]!.start();
  try {
    const { result, told } = await tellOfJob(runtime, { kind: 'merge', adapter, out, record: {}, ...more });
    return { result: result as Merged, told };
  } finally {
    runtime.dispose();
  }
}

// Linear layers, Conv1D layers, an embedding that becomes separate from its output, ranks and strengths of layers, a head.
const NAMES = [
  'llama-grouped',
  'gpt2-tied',
  'gpt2-untied',
  'llama-tied-llama3',
  'gpt-neox-serial',
  'llama-score',
] as const;

describe.each(NAMES)('%s', (name) => {
  const { adapter } = place(name);

  it.each(EXPORT_DTYPES)('merged as %s: equal to base and adapter, then rounded', async (dtype) => {
    const out = join(root, dtype, name);
    const { result, told } = await merged(adapter, out, { dtype });
    const { merge, replay, rounding } = result;
    expect(result.what).toBe(name === 'llama-score' ? 'reward_model' : 'policy');
    expect(merge.largest_output).toBeGreaterThan(0.05);
    expect(merge.max_abs_difference).toBeLessThan(3e-5 * Math.max(1, merge.largest_output));
    expect(merge.bound).toBe(1e-3 * merge.largest_output);
    expect(replay.equal_tensors).toBe(replay.tensors);
    expect(rounding.changed > 0).toBe(dtype !== 'float32');
    expect(replay.max_abs_difference > 0).toBe(dtype !== 'float32');
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(config.dtype).toBe(dtype);
    expect(told.flatMap((one) => (one.kind === 'progress' ? one.progress.phase : []))).toEqual([
      'load',
      'merge',
      'write',
      'replay',
    ]);
  });
});

it.runIf(PYTHON)('PEFT merges the same weights, and transformers opens the folders (KEEL_TEST_PYTHON)', () => {
  const script = join(FIXTURES, '../golden/check_merged.py');
  const env = { ...process.env, HF_HUB_OFFLINE: '1' };
  const { status, stdout, stderr } = spawnSync(PYTHON as string, [script, root, FIXTURES, ...EXPORT_DTYPES], {
    encoding: 'utf8',
    env,
  });
  console.info(stdout);
  expect(status, stderr).toBe(0);
});
it.skipIf(PYTHON)('PEFT was not asked: set KEEL_TEST_PYTHON to a Python that has it', () => {});

it('an adapter that brings a base embedding of its own is merged with it', async () => {
  const { adapter } = place('llama-tied-llama3');
  const path = join(adapter, 'adapter_model.safetensors');
  const file = openSafetensors(path);
  const tensors = [...file.tensors.values()].map(({ name, shape }) => ({ name, shape, values: file.read(name) }));
  file.close();
  const own = tensors.find(({ name }) => name.includes('.base_layer.'));
  own!.values = own!.values.map((value) => 2 * value);
  writeSafetensors(
    path,
    tensors.map(({ values, ...tensor }) => ({ ...tensor, read: () => values })),
  );
  const { result } = await merged(adapter, join(root, 'own-embedding'));
  expect(result.merge.max_abs_difference).toBeLessThan(1e-5 * result.merge.largest_output);
});

it('factors that cancel out in float32 are refused, and nothing is left behind', async () => {
  const { adapter } = place('llama-grouped');
  const path = join(adapter, 'adapter_model.safetensors');
  const file = openSafetensors(path);
  const tensors = [...file.tensors.values()].map(({ name, shape }) => {
    const values = file.read(name);
    // Rows of A that are nearly equal, times columns of B of opposite sign: what is left of 1e9 is lost in float32.
    const [, columns] = shape as [number, number];
    if (name.includes('lora_A'))
      for (const [at, value] of values.entries()) values[at] = values[at % columns]! + 1e-9 * value;
    else for (const at of values.keys()) values[at] = [1e9, -1e9][at % columns] ?? 0;
    return { name, shape, read: () => values };
  });
  writeSafetensors(path, tensors);
  file.close();
  const out = join(root, 'cancels');
  await expect(merged(adapter, out)).rejects.toMatchObject({ code: 'merge_differs' });
  expect(existsSync(out)).toBe(false);
});

it('refuses a model of its own, an existing folder, and the base as target', async () => {
  const { base, adapter } = place('gpt2-tied');
  await expect(merged(base, join(root, 'no'))).rejects.toMatchObject({ code: 'adapter_missing' });
  await expect(merged(adapter, base)).rejects.toMatchObject({ code: 'export_target_is_source' });
  const out = join(root, 'twice');
  await merged(adapter, out);
  await expect(merged(adapter, out)).rejects.toMatchObject({ code: 'export_target_exists' });
  expect((await merged(adapter, out, { force: true })).result.what).toBe('policy');
});
