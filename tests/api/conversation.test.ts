import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { WarmEngines } from '../../src-main/runs/host/warm-engines.ts';
import { libraryHost, resultOf } from '../library/library-host.ts';
import { freshTinyWorld } from '../support/fresh-tiny-world.ts';
import { writeTinyAdapter } from '../support/tiny-adapter.ts';
import type { TinyWorld } from '../support/tiny-world.ts';

let world: TinyWorld;
beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  for (const seed of [1, 2]) writeTinyAdapter(adapter(seed), '../model', seed);
  return fresh.remove;
});

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

describe('outside of conversations', () => {
  async function rowsOf({ client, home }: Host, kind: 'score' | 'reward', model: string) {
    const input = { rows: [{ text: 'My lamp broke.' }, { text: 'My chair arrived late, and so did the kettle.' }] };
    const rows: unknown[] = [];
    for await (const message of await client.jobs[kind]({ folder: home, model, input }))
      if (message.kind === 'rows') rows.push(...message.rows);
    return rows;
  }

  it('jobs with the same model use one engine after the other, with the same results', async () => {
    const [host, fresh] = [libraryHost(), libraryHost()];
    const scored = await rowsOf(host, 'score', world.model);
    const told = await answer(host, world.model, null);
    expect(await rowsOf(host, 'score', world.model)).toEqual(scored);
    expect(await answer(host, world.model, null, 'My chair')).toEqual(
      await answer(fresh, world.model, null, 'My chair'),
    );
    expect(await answer(host, world.model, null)).toEqual(told);
    expect(host.spawned()).toBe(1);
    // Another model has an engine of its own, and the one before it leaves.
    const rewarded = await rowsOf(host, 'reward', world.rewardModel);
    expect(await rowsOf(host, 'reward', world.rewardModel)).toEqual(rewarded);
    expect(host.spawned()).toBe(2);
    expect(await rowsOf(host, 'score', world.model)).toEqual(scored);
    expect(host.spawned()).toBe(3);
  });

  it('a job that comes while the engine is busy has a process of its own', async () => {
    const host = libraryHost();
    const both = await Promise.all([1, 2].map(() => rowsOf(host, 'score', world.model)));
    expect(both[0]).toEqual(both[1]);
    expect(host.spawned()).toBe(2);
    await rowsOf(host, 'score', world.model);
    expect(host.spawned()).toBe(2);
  });

  it('the engine gives way to runs and to other work, and leaves a machine without free memory', async () => {
    const host = libraryHost();
    await rowsOf(host, 'score', world.model);
    const end = host.host.warm.yieldToRun();
    await rowsOf(host, 'score', world.model);
    await rowsOf(host, 'score', world.model);
    expect(host.spawned()).toBe(3);
    end();
    for (const _ of [1, 2]) await rowsOf(host, 'score', world.model);
    expect(host.spawned()).toBe(4);
    await resultOf(host.client.models.inspect({ folder: host.home, model: world.model }));
    await rowsOf(host, 'score', world.model);
    expect(host.spawned()).toBe(6);

    const crowded = libraryHost({ warm: new WarmEngines(() => 0.2) });
    await rowsOf(crowded, 'score', world.model);
    await rowsOf(crowded, 'score', world.model);
    expect(crowded.spawned()).toBe(2);
  });
});
