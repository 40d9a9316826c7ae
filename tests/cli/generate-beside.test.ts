import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { generateBeside } from '../../src-main/cli/generate-beside.ts';
import type { Shell } from '../../src-main/cli/shell.ts';
import { libraryHost } from '../library/library-host.ts';
import { freshTinyWorld } from '../support/fresh-tiny-world.ts';
import { writeTinyAdapter } from '../support/tiny-adapter.ts';

let models: readonly string[];
beforeAll(async () => {
  const { world, remove } = await freshTinyWorld();
  const adapters = [1, 2].map((seed) => join(world.folder, `adapter${seed}`));
  for (const [index, folder] of adapters.entries()) writeTinyAdapter(folder, '../model', index);
  models = [world.model, ...adapters];
  return remove;
});

it('answers each prompt by every model, with one engine for the adapters of a base', { timeout: 240_000 }, async () => {
  const host = libraryHost();
  const input = { rows: ['My lamp broke.', 'My chair', 'It arrived late, and'].map((prompt) => ({ prompt })) };
  const request = { folder: host.home, input, maxNewTokens: 6, temperature: 0 };
  const alone = new Map<string, object[]>();
  for (const model of models) {
    const rows: object[] = [];
    for await (const message of await host.client.jobs.generate({ ...request, model }))
      if (message.kind === 'rows') rows.push(...(message.rows as object[]));
    alone.set(model, rows);
  }
  expect(new Set([...alone.values()].map((rows) => JSON.stringify(rows))).size).toBe(models.length);

  const before = host.spawned();
  const lines: string[] = [];
  const shell = {
    print: (text: string) => lines.push(text),
    remark: () => undefined,
    onInterrupt: () => () => undefined,
    stdio: { output: { isTTY: false } },
  } as unknown as Shell;
  await generateBeside(shell, host.client, models, request);
  const expected = input.rows.map((_, row) => ({
    responses: models.map((model) => ({ model, ...alone.get(model)![row] })),
  }));
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(expected);
  expect(host.spawned()).toBe(before + 1);
});
