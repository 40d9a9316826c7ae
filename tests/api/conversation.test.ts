import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { writeSafetensors } from '#engine/model/safetensors/write-safetensors.ts';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import { libraryHost } from '../library/library-host.ts';
import { freshTinyWorld } from '../support/fresh-tiny-world.ts';
import type { TinyWorld } from '../support/tiny-world.ts';

const LAYER = 'gpt_neox.layers.0.attention.query_key_value';

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  for (const seed of [1, 2]) writeAdapter(seed);
  return fresh.remove;
});

/** An adapter on the tiny model, strong enough to change its answers. */
function writeAdapter(seed: number): void {
  const folder = adapter(seed);
  mkdirSync(folder);
  const config = {
    peft_type: 'LORA',
    base_model_name_or_path: '../model',
    r: 2,
    lora_alpha: 8,
    target_modules: [LAYER],
  };
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify(config));
  const random = seededGenerator(seed, 'adapter');
  const tensor = (name: string, shape: readonly number[]) => {
    const values = Float32Array.from({ length: shape[0]! * shape[1]! }, () => random.integer(2001) / 1000 - 1);
    return { name: `base_model.model.${LAYER}.${name}.weight`, shape, read: () => values };
  };
  writeSafetensors(join(folder, 'adapter_model.safetensors'), [tensor('lora_A', [2, 32]), tensor('lora_B', [96, 2])]);
}

const adapter = (seed: number) => join(world.folder, `adapter${seed}`);
type Host = ReturnType<typeof libraryHost>;

async function answer({ client, home }: Host, model: string, conversation: string | null, prompt = 'My lamp broke.') {
  const input = { rows: [{ prompt }] };
  const request = { folder: home, model, input, maxNewTokens: 6, temperature: 0, conversation, partTokens: 4 };
  const tokens: number[] = [];
  for await (const message of await client.jobs.generate(request)) {
    if (message.kind !== 'rows') continue;
    for (const row of message.rows) tokens.push(...(row as { tokens: { id: number }[] }).tokens.map(({ id }) => id));
  }
  return tokens;
}

it('a conversation loads a base once for all of its adapters, and answers as engines of their own do', async () => {
  const host = libraryHost();
  const models = [world.model, adapter(1), adapter(2)];
  const alone = [];
  for (const model of models) alone.push(await answer(host, model, null));
  expect(host.spawned()).toBe(3);
  expect(new Set(alone.map(String)).size).toBe(3);
  // At once, as the playground asks, then again.
  const together = await Promise.all(models.map((model) => answer(host, model, 'one')));
  expect([together, host.spawned()]).toEqual([alone, 4]);
  for (const [index, model] of models.entries()) expect(await answer(host, model, 'one')).toEqual(alone[index]);
  expect(host.spawned()).toBe(4);
  await host.client.jobs.release({ conversation: 'one' });
  expect([await answer(host, adapter(1), 'one'), host.spawned()]).toEqual([alone[1], 5]);
  expect([await answer(host, adapter(1), 'two'), host.spawned()]).toEqual([alone[1], 6]);
});

it('goes on after a prompt that cannot be used and after one that was canceled', async () => {
  const host = libraryHost();
  const first = await answer(host, world.model, 'one');
  await expect(answer(host, world.model, 'one', 'my lamp broke '.repeat(60))).rejects.toThrow();
  expect([await answer(host, world.model, 'one'), host.spawned()]).toEqual([first, 1]);
  const abort = new AbortController();
  const request = { folder: host.home, model: world.model, input: { rows: [{ prompt: 'x' }] }, conversation: 'one' };
  const stream = await host.client.jobs.generate({ ...request, partTokens: 1 }, { signal: abort.signal });
  await expect(
    (async () => {
      for await (const message of stream) if (message.kind === 'rows') abort.abort();
    })(),
  ).rejects.toThrow();
  expect(await answer(host, world.model, 'one')).toEqual(first);
});

it('leaves the device to a run: no engine stays until the run has ended', async () => {
  const host = libraryHost();
  await answer(host, world.model, 'one');
  const end = host.host.warm.yieldToRun();
  await answer(host, world.model, 'one');
  await answer(host, world.model, 'one');
  expect(host.spawned()).toBe(3);
  end();
  await answer(host, world.model, 'one');
  await answer(host, world.model, 'one');
  expect(host.spawned()).toBe(4);
});

it('a model whose files have changed is loaded again', async () => {
  const host = libraryHost();
  const before = await answer(host, adapter(1), 'one');
  copyOther(1);
  expect([await answer(host, adapter(1), 'one'), host.spawned()]).not.toEqual([before, 1]);
  expect(host.spawned()).toBe(1);
});

/** Overwrites an adapter with the values of another seed. */
function copyOther(seed: number): void {
  const other = join(adapter(seed + 1), 'adapter_model.safetensors');
  writeFileSync(join(adapter(seed), 'adapter_model.safetensors'), readFileSync(other));
}
