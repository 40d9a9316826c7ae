import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { saveModel } from '#engine/model/files/save-model.ts';
import { loadLanguageModel } from '#engine/model/load-model.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { STORED_DTYPES } from '#engine/runtime/stored/stored-dtype.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { loadSharedBase, placeAdapter } from '#engine/session/adapters/shared-base.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

// PEFT saves the base's embedding beside the adapter of an embedding (tests/golden/make_adapters.py).
const FIXTURES = join(import.meta.dirname, '../../fixtures');
const NAME = 'llama-tied-llama3';
const EMBEDDING = 'model.embed_tokens.weight';

let runtime: Runtime;
let folder: string;
beforeEach(async () => {
  runtime = await runtimeKinds[0]!.start();
  folder = mkdtempSync(join(tmpdir(), 'keel-shared-base-'));
  cpSync(join(FIXTURES, 'models', NAME), join(folder, 'base'), { recursive: true });
  cpSync(join(FIXTURES, 'adapters', NAME), join(folder, 'adapter'), { recursive: true });
  const path = join(folder, 'adapter', 'adapter_config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as object;
  writeFileSync(path, JSON.stringify({ ...config, base_model_name_or_path: '../base' }));
});
afterEach(() => {
  runtime.dispose();
  rmSync(folder, { recursive: true });
});

test.each(STORED_DTYPES)("an adapter with its base's own embedding shares a base stored as %s", (stored) => {
  const base = loadSharedBase(runtime.variables, join(folder, 'adapter'), stored);
  const { adapter } = placeAdapter(runtime.variables, 'policy', base, { folder: join(folder, 'adapter') });
  expect([...adapter.targets.keys()]).toContain(EMBEDDING);
  expect(runtime.variables.names('policy/').every((name) => name.includes('lora_'))).toBe(true);
});

test.each(STORED_DTYPES)(
  'one with another embedding cannot share a base stored as %s, whatever it is rounded to',
  (stored) => {
    const model = loadLanguageModel(runtime.variables, 'other', join(folder, 'base'));
    const { data, shape } = runtime.variables.read(`other/${EMBEDDING}`);
    const changed = data.slice();
    changed[5]! += 1e-6;
    runtime.variables.assign(`other/${EMBEDDING}`, float32(changed, shape));
    saveModel(join(folder, 'base'), runtime.variables, 'other', model);
    const base = loadSharedBase(runtime.variables, join(folder, 'adapter'), stored);
    const place = () => placeAdapter(runtime.variables, 'policy', base, { folder: join(folder, 'adapter') });
    expect(place).toThrow(expect.objectContaining({ code: 'adapter_base_changed' }));
    expect(runtime.variables.names('policy/')).toEqual([]);
  },
);
