import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelFolder } from '#engine/model/files/model-folder.ts';
import { saveModel } from '#engine/model/files/save-model.ts';
import { copyVariables, readVariables, writeVariables } from '#engine/model/files/variable-files.ts';
import { createLanguageModel } from '#engine/model/language-model.ts';
import { loadLanguageModel, loadValueModel, loadValueModelFile } from '#engine/model/load-model.ts';
import { writeSafetensors } from '#engine/model/safetensors/write-safetensors.ts';
import { createValueModel } from '#engine/model/value-model.ts';
import { plainWeights } from '#engine/model/weights.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { expectNoLeaks } from '../../../support/leak-check.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/models');
const PYTHON = process.env.KEEL_TEST_PYTHON;
const names = readdirSync(FIXTURES).sort();

function exportAll(runtime: Runtime, out: string): void {
  for (const name of names) {
    const source = join(FIXTURES, name);
    const load = name.endsWith('-score') ? loadValueModel : loadLanguageModel;
    const { generationConfig, files } = openModelFolder(source);
    files.close();
    saveModel(join(out, name), runtime.variables, name, load(runtime.variables, name, source), { generationConfig });
  }
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

describe('saved model folders', () => {
  let runtime: Runtime;
  let out: string;
  beforeAll(async () => {
    runtime = await runtimeKinds[0]!.start();
    out = mkdtempSync(join(tmpdir(), 'keel-export-'));
    exportAll(runtime, out);
  });
  afterAll(() => {
    runtime.dispose();
    rmSync(out, { recursive: true, force: true });
  });
  expectNoLeaks(() => runtime);

  it.each(names)('%s: every tensor comes back bit by bit, under the same name', (name) => {
    const before = openModelFolder(join(FIXTURES, name)).files;
    const after = openModelFolder(join(out, name)).files;
    expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
    for (const tensor of before.tensors.keys()) expect(after.read(tensor)).toEqual(before.read(tensor));
    before.close();
    after.close();
  });

  it.each(names)('%s: keeps the config but for the stored precision', (name) => {
    const before = json(join(FIXTURES, name, 'config.json'));
    const scored = name.endsWith('-score')
      ? { num_labels: 1, id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 } }
      : {};
    expect(json(join(out, name, 'config.json'))).toEqual({ ...before, dtype: 'float32', ...scored });
  });

  it.runIf(PYTHON)('opens in transformers with the same logits (KEEL_TEST_PYTHON)', { timeout: 300_000 }, () => {
    const script = join(import.meta.dirname, '../../../golden/check_export.py');
    const { status, stdout, stderr } = spawnSync(PYTHON as string, [script, out, FIXTURES], {
      encoding: 'utf8',
      env: { ...process.env, HF_HUB_OFFLINE: '1' },
    });
    console.info(stdout);
    expect(status, stderr).toBe(0);
  });

  it.skipIf(PYTHON)('transformers was not asked: set KEEL_TEST_PYTHON to a Python that has it', () => {});

  it('keeps unknown keys and writes a generation config from the token ids', () => {
    const { config, files } = openModelFolder(join(FIXTURES, 'gpt-neox'));
    files.close();
    const model = createLanguageModel({ ...config, eosTokenIds: [2, 5], raw: { ...config.raw, house: { style: 7 } } });
    saveModel(join(out, '../keel-unknown'), runtime.variables, 'gpt-neox', model);
    expect(json(join(out, '../keel-unknown/config.json')).house).toEqual({ style: 7 });
    expect(json(join(out, '../keel-unknown/generation_config.json'))).toEqual({
      bos_token_id: 1,
      eos_token_id: [2, 5],
      pad_token_id: 0,
    });
    rmSync(join(out, '../keel-unknown'), { recursive: true });
  });

  it('updates the token ids of a generation config, and keeps its other settings', () => {
    const folder = join(out, '../keel-stops');
    const { config, files } = openModelFolder(join(FIXTURES, 'gpt-neox'));
    files.close();
    const model = createLanguageModel({ ...config, padTokenId: null });
    const written = (generationConfig: Record<string, unknown> | null, options: object) => {
      saveModel(folder, runtime.variables, 'gpt-neox', model, { generationConfig, ...options });
      return json(join(folder, 'generation_config.json'));
    };
    const given = { _from_model_config: true, eos_token_id: 2, temperature: 0.6 };
    // transformers may make a file with this mark from config.json again, without the ids.
    expect(written(given, { stopTokenIds: [2, 5], padTokenId: 9, generationPadId: 2 })).toEqual({
      bos_token_id: 1,
      eos_token_id: [2, 5],
      pad_token_id: 2,
      temperature: 0.6,
    });
    expect(written({ eos_token_id: [2, 5], pad_token_id: 4 }, { stopTokenIds: [2], padTokenId: 9 })).toEqual({
      bos_token_id: 1,
      eos_token_id: 2,
      pad_token_id: 4,
    });
    const same = { _from_model_config: true, bos_token_id: 1, eos_token_id: 2, pad_token_id: 0 };
    expect(written(same, { stopTokenIds: [2], padTokenId: 0 })).toEqual(same);
    rmSync(folder, { recursive: true });
  });

  it('saves half the size as bfloat16, rounded to nearest', () => {
    const folder = mkdtempSync(join(tmpdir(), 'keel-bf16-'));
    const { config, files } = openModelFolder(join(FIXTURES, 'llama-bf16'));
    saveModel(folder, runtime.variables, 'llama-bf16', createLanguageModel(config), { dtype: 'bfloat16' });
    const after = openModelFolder(folder).files;
    for (const tensor of files.tensors.keys()) expect(after.read(tensor)).toEqual(files.read(tensor));
    files.close();
    after.close();
    rmSync(folder, { recursive: true });
  });

  it('takes a critic with its two-layer head through a folder and back', () => {
    const folder = mkdtempSync(join(tmpdir(), 'keel-critic-'));
    const { variables } = runtime;
    const made = loadValueModel(variables, 'made', join(FIXTURES, 'qwen2'), { kind: 'value', seed: 0 });
    saveModel(folder, variables, 'made', made);
    expect(json(join(folder, 'config.json'))).toMatchObject({ architectures: ['Qwen2Model'], keel_head: 'value' });
    const read = loadValueModel(variables, 'read', folder);
    expect(read.head).toBe('value');
    for (const name of variables.names('made/')) {
      expect(variables.read(name.replace('made/', 'read/'))).toEqual(variables.read(name));
    }
    variables.remove('made/');
    variables.remove('read/');
    rmSync(folder, { recursive: true });
  });

  it('carries variables through a file, over existing ones and into new ones', () => {
    const { variables } = runtime;
    copyVariables(variables, 'gpt2-tied', 'copy');
    const file = join(out, '../keel-variables.safetensors');
    writeVariables(file, variables, 'copy/');
    const [first, second] = variables.names('copy/') as [string, string];
    const expected = variables.names('copy/').map((name) => variables.read(name));
    variables.assign(first, { ...variables.read(first), data: new Float32Array(variables.read(first).data.length) });
    variables.remove(second);
    readVariables(file, variables);
    const names = expected.map((_, index) => [...variables.names('gpt2-tied/')][index]!.replace('gpt2-tied', 'copy'));
    expect(names.map((name) => variables.read(name))).toEqual(expected);
    variables.remove('copy/');
    rmSync(file);
  });
});

describe('heads', () => {
  it('compute what their formulas say', async () => {
    const runtime = await runtimeKinds[0]!.start();
    const { config, files } = openModelFolder(join(FIXTURES, 'qwen2'));
    files.close();
    const relu = (x: number) => Math.max(x, 0);
    for (const kind of ['value', 'linear', 'score'] as const) {
      loadValueModel(runtime.variables, kind, join(FIXTURES, 'qwen2'), { kind, seed: 3 });
      const model = createValueModel(config, kind);
      const trunk = createLanguageModel(config);
      const step = runtime.compile(kind, (variables, inputs) => ({
        values: model.values(plainWeights(kind)(variables.weights()), inputs as never),
        responses: model.responseValues(plainWeights(kind)(variables.weights()), inputs as never, inputs.responseIds!),
        hidden: trunk.forward(plainWeights(kind)(variables.weights()), inputs as never).hidden,
      }));
      const ids = int32([5, 6, 7, 8], [1, 4]);
      const result = step({
        ids,
        positions: int32([0, 1, 2, 3], [1, 4]),
        attentionMask: bool([true, true, true, true], [1, 4]),
        responseIds: int32([7, 8], [1, 2]),
      });
      const weight = (name: string) => runtime.variables.read(`${kind}/${name}`).data;
      const dense = (name: string, x: number[], bias: boolean) => {
        const w = weight(`${name}.weight`);
        return Array.from({ length: w.length / x.length }, (_, row) =>
          x.reduce((sum, value, i) => sum + value * w[row * x.length + i]!, bias ? weight(`${name}.bias`)[row]! : 0),
        );
      };
      const expected = [0, 1, 2, 3].map((position) => {
        const x = Array.from(result.hidden!.data.slice(position * 32, (position + 1) * 32));
        if (kind === 'score') return dense('score', x, false)[0]!;
        if (kind === 'linear') return dense('head', x, true)[0]!;
        return dense('value_head.2', dense('value_head.0', x, true).map(relu), true)[0]!;
      });
      expected.forEach((value, position) => {
        expect(result.values!.data[position]).toBeCloseTo(value, 5);
      });
      // q = 2 prompt tokens: the states at positions 1 and 2 predict the two response tokens.
      expect(result.responses!.shape[1]).toBe(2);
      result.responses!.data.forEach((value, place) => {
        expect(value).toBeCloseTo(result.values!.data[place + 1]!, 6);
      });
    }
    runtime.dispose();
  });

  it('opens one file of trunk.* and head.* with a config from elsewhere', async () => {
    const runtime = await runtimeKinds[0]!.start();
    const { config, files } = openModelFolder(join(FIXTURES, 'gpt-neox'));
    const path = join(mkdtempSync(join(tmpdir(), 'keel-critic-')), 'critic.safetensors');
    const trunk = [...files.tensors.values()]
      .filter(({ name }) => name.startsWith('gpt_neox.'))
      .map(({ name, shape }) => ({ name: name.replace('gpt_neox.', 'trunk.'), shape, read: () => files.read(name) }));
    const head = [
      { name: 'head.weight', shape: [1, 48], read: () => new Float32Array(48).fill(0.5) },
      { name: 'head.bias', shape: [1], read: () => Float32Array.of(0.25) },
    ];
    writeSafetensors(path, [...trunk, ...head]);
    expect(loadValueModelFile(runtime.variables, 'critic', path, config).head).toBe('linear');
    expect(runtime.variables.read('critic/head.bias').data).toEqual(Float32Array.of(0.25));
    expect(runtime.variables.read('critic/gpt_neox.embed_in.weight').data).toEqual(
      files.read('gpt_neox.embed_in.weight'),
    );
    files.close();
    runtime.dispose();
    rmSync(dirname(path), { recursive: true });
  });
});
