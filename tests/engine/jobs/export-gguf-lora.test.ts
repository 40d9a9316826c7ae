import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { KeelError } from '#contract/errors.ts';
import { openModelFolder } from '#engine/model/files/model-folder.ts';
import {
  type Changes,
  changedModel,
  exportGguf,
  greedyTokens,
  lossOf,
  NEW_TOKENS,
  realPrompts,
} from '../../support/exported-gguf.ts';
import { goldenBatch } from '../../support/golden-models.ts';
import { askLlamaCpp, llamaCpp } from '../../support/llama-cpp.ts';
import { type RuntimeKind, runtimeKinds } from '../../support/runtimes.ts';

// Adapters saved by PEFT for the models of tests/fixtures/models, made by tests/golden/make_adapters.py.
const ADAPTERS = join(import.meta.dirname, '../../fixtures/adapters');
const root = mkdtempSync(join(tmpdir(), 'keel-gguf-lora-'));
afterAll(() => rmSync(root, { recursive: true }));
const llama = llamaCpp();
const missing = 'missing' in llama ? ` (skipped: ${llama.missing})` : '';
const start = () => (runtimeKinds[0] as RuntimeKind).start();

/** Folders of a base model and of its adapter, which names the base. */
function foldersOf(name: string, changes: Changes) {
  const place = mkdtempSync(join(root, 'adapted-'));
  const base = changedModel(name, changes, join(place, 'base'));
  const adapter = join(place, 'adapter');
  mkdirSync(adapter);
  cpSync(join(ADAPTERS, name), adapter, { recursive: true });
  const path = join(adapter, 'adapter_config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...config, base_model_name_or_path: '../base' }));
  return { base, adapter };
}

const HALF = { rope_parameters: { rope_type: 'default', rope_theta: 500, partial_rotary_factor: 0.5 } };
const CASES: readonly (readonly [name: string, type: 'F32' | 'F16', changes: Changes])[] = [
  ['llama-grouped', 'F32', {}],
  ['llama-grouped', 'F16', {}],
  ['gpt2-untied', 'F32', { scale_attn_by_inverse_layer_idx: false }],
  ['gpt-neox', 'F32', HALF],
  ['granite', 'F32', {}],
  ['phi3', 'F32', { sliding_window: 128 }],
  ['smollm3', 'F32', {}],
  ['olmo2', 'F32', {}],
  ['ministral3', 'F32', {}],
];

describe.skipIf(missing !== '')(`a base and an adapter in llama.cpp${missing}`, () => {
  test.each(CASES)(
    '%s as %s %j continue prompts as the merged model does',
    { timeout: 240_000 },
    async (name, type, changes) => {
      const { base, adapter } = foldersOf(name, changes);
      const files: string[] = [];
      for (const one of [
        { source: base, type: 'F32' },
        { source: adapter, type, format: 'gguf-lora' },
      ] as const) {
        const runtime = await start();
        files.push((await exportGguf(runtime, root, one)).path);
        await runtime.dispose();
      }
      const runtime = await start();
      const { golden, batch } = goldenBatch(name);
      const own = greedyTokens(runtime, adapter, batch);
      const scored = (golden.ids[0] ?? []).concat(own[0] ?? []);
      const loss = lossOf(runtime, adapter, scored);
      await runtime.dispose();
      const [path = '', lora = ''] = files;
      const request = { path, prompts: realPrompts(golden), newTokens: NEW_TOKENS, scored, texts: [] };
      const { folder } = llama as { readonly folder: string };
      const [alone, together] = [askLlamaCpp(folder, request), askLlamaCpp(folder, { ...request, lora })];
      // The adapter changes what the model says.
      expect(Math.abs(alone.loss - loss)).toBeGreaterThan(0.1);
      expect(Math.abs(together.loss - loss)).toBeLessThan(type === 'F16' ? 2e-3 : 3e-4);
      const compared = type === 'F32' ? NEW_TOKENS : 8;
      expect(together.greedy.map((row) => row.slice(0, compared))).toEqual(own.map((row) => row.slice(0, compared)));
    },
  );
});

describe('an adapter that GGUF cannot express', () => {
  const fault = async (source: string, type: 'F16' | 'Q8_0' = 'F16') => {
    const runtime = await start();
    const error = await exportGguf(runtime, root, { source, type, format: 'gguf-lora' }).catch((one: unknown) => one);
    await runtime.dispose();
    return error instanceof KeelError ? `${error.code}: ${error.why} ${error.fix}` : String(error);
  };

  test('is refused by name', { timeout: 120_000 }, async () => {
    const tied = foldersOf('llama-tied-llama3', {});
    expect(await fault(tied.adapter)).toContain('it changes the embedding, which is the output matrix as well');
    expect(await fault(tied.base)).toContain('export_no_adapter: The policy is a whole model, not an adapter.');
    const { adapter } = foldersOf('olmo2', {});
    expect(await fault(adapter, 'Q8_0')).toContain('adapters are written as F32 or F16, not as Q8_0. Use --type F16.');
  });

  test('and its file is no model', { timeout: 60_000 }, async () => {
    const { adapter } = foldersOf('qwen3', {});
    const runtime = await start();
    const { path } = await exportGguf(runtime, root, { source: adapter, type: 'F16', format: 'gguf-lora' });
    await runtime.dispose();
    expect(() => openModelFolder(path)).toThrow('it is an adapter, not a model.');
  });
});
