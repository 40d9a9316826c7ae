import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { expect, test } from 'vitest';
import { ownContext } from '../../src-main/api/base.ts';
import { router } from '../../src-main/api/router.ts';
import { CONFIG, fakeHost, watchAll } from '../runs/fake-host.ts';

async function codeOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return (error as { readonly data?: { readonly code?: string }; readonly code?: string }).data?.code ?? error;
  }
  return null;
}

/** A run that does not exist, as a model: told by the host itself, with any engine. */
const UNKNOWN = CONFIG.replace('some/model', 'run:20200101-000000-gone/policy');

test('a run is refused by whichever way it is asked for, and none is made', async () => {
  const client = createRouterClient(router, { context: ownContext(fakeHost({ steps: 2 })) });
  const request = { config: UNKNOWN, baseFolder: process.cwd() };
  const drain = async () => {
    for await (const _ of await client.runs.request(request));
  };
  const refused = [await codeOf(() => client.runs.start(request)), await codeOf(drain)];
  expect(refused.every((code) => typeof code === 'string')).toBe(true);
  expect(await client.runs.list({})).toEqual([]);
});

test('a resume is refused if the folder of its config is gone', async () => {
  const host = fakeHost({ steps: 40, checkpointEvery: 1, fault: 'kill', at: 3 });
  const client = createRouterClient(router, { context: ownContext(host) });
  const baseFolder = mkdtempSync(join(tmpdir(), 'keel-base-'));
  const run = await client.runs.start({ config: CONFIG, baseFolder });
  await watchAll(host, run.id);
  rmSync(baseFolder, { recursive: true });
  expect(await codeOf(() => client.runs.resume({ run: run.id }))).toBe('folder_missing');
});
