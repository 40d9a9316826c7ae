import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import type { RunBatch } from '#contract/api/runs/runs.ts';
import type { ApiClient } from '#contract/api/typed-client.ts';
import { WIRE_NUMBERS } from '#contract/api/wire-numbers.ts';
import { openHost } from '../../src-main/attach/open-host.ts';
import { STORE_FILE } from '../../src-main/runs/backup/repair-home.ts';
import { clientOver, openPage, serve } from '../headless/headless-server.ts';
import { CONFIG, FAKE_ENGINE } from '../runs/fake-host.ts';
import { servePagePort } from '../support/page-port.ts';
import { keel, workplace } from './keel-process.ts';

/** One scenario: start, watch, pause, go on, stop, resume to the end, export. */
const BEHAVIOR = { steps: 60, stepMilliseconds: 25, checkpointEvery: 20 };
/** A second terminal takes its time to start. */
const SLOWLY = { ...BEHAVIOR, stepMilliseconds: 400 };
type Place = ReturnType<typeof workplace>;

async function byTerminal(place: Place): Promise<void> {
  const run = keel(place, ['run', 'tiny.yaml', '--json'], SLOWLY);
  await run.seen('"step":2');
  const state = async () => JSON.parse((await keel(place, ['runs', 'show', 'latest', '--json']).ended).out).state;
  await keel(place, ['runs', 'pause', 'latest']).ended;
  await expect.poll(state).toBe('paused');
  await keel(place, ['runs', 'unpause', 'latest']).ended;
  await expect.poll(state).toBe('running');
  await keel(place, ['runs', 'stop', 'latest']).ended;
  expect((await run.ended).code).toBe(130);
  expect((await keel(place, ['resume', 'latest', '--json'], BEHAVIOR).ended).lines.at(-1)?.state).toBe('finished');
  expect((await keel(place, ['export', 'run:latest/policy', '--out', 'exported']).ended).code).toBe(0);
  const absent = await keel(place, ['export', 'latest', '--checkpoint', '77', '--out', 'none']).ended;
  expect([absent.code, absent.err]).toEqual([1, expect.stringContaining('at "77"')]);
}

/** The same as calls, as a page makes them. */
async function byPage({ runs, jobs }: ApiClient, folder: string): Promise<void> {
  const { id: run } = await runs.start({ config: CONFIG, baseFolder: folder });
  const seen = async (isWanted: (batch: RunBatch) => boolean) => {
    for await (const batch of await runs.watch({ run })) if (isWanted(batch)) return;
  };
  await seen(({ metrics }) => metrics.length > 2);
  await runs.pause({ run });
  await seen((batch) => batch.run.state === 'paused');
  await runs.unpause({ run });
  await seen((batch) => batch.run.state === 'running');
  await runs.stop({ run });
  for await (const batch of await runs.watch({ run })) expect(batch.run.id).toBe(run);
  expect((await runs.get({ run })).state).toBe('stopped');
  await runs.resume({ run });
  let state = '';
  for await (const batch of await runs.watch({ run })) state = batch.run.state;
  expect(state).toBe('finished');
  const results = [];
  for await (const message of await jobs.export({ run, folder, format: 'hf', out: 'exported' }))
    results.push(message.kind);
  expect(results.at(-1)).toBe('result');
}

const SHELLS: Record<string, (place: Place) => Promise<void>> = {
  terminal: byTerminal,
  headless: async ({ folder, home }) => {
    const served = await serve(BEHAVIOR, home, [folder]);
    await byPage(clientOver(await openPage(served)), folder);
    await served.close();
  },
  desktop: async ({ folder, home }) => {
    const environment = { ...process.env, KEEL_FAKE: JSON.stringify(BEHAVIOR) };
    const connection = await openHost({ home, environment, engineEntry: FAKE_ENGINE });
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    servePagePort(port2, connection.owner!.host, [folder]);
    await byPage(createORPCClient<ApiClient>(new RPCLink({ port: port1, ...WIRE_NUMBERS })), folder);
    await connection.close();
  },
};

/** What the store then holds, without ids, times, and the steps at which somebody happened to act. */
function rowsOf({ home }: Place) {
  const db = new Database(join(home, STORE_FILE), { readonly: true });
  const all = (sql: string) => db.prepare(sql).raw().all();
  const rows = {
    runs: all('SELECT recipe, state, last_step, summary, error FROM runs'),
    attempts: all('SELECT number, device, settings, cause FROM attempts ORDER BY number'),
    losses: all(
      "SELECT step, value FROM metrics m JOIN metric_keys k ON k.id = m.key WHERE k.key = 'loss' ORDER BY step",
    ),
    events: all("SELECT name, level FROM events WHERE name != 'log' ORDER BY sequence"),
    periodic: all('SELECT step, is_best FROM checkpoints WHERE step % 20 = 0 ORDER BY step'),
    artifacts: all('SELECT kind, tag FROM artifacts'),
  };
  db.close();
  return rows;
}

test('start, watch, pause, resume and export leave the same rows, whichever shell they go through', async () => {
  const left = await Promise.all(
    Object.entries(SHELLS).map(async ([name, work]) => {
      const place = workplace();
      await work(place);
      return [name, rowsOf(place)] as const;
    }),
  );
  const first = left[0]![1];
  expect(first.losses).toEqual(Array.from({ length: 60 }, (_, index) => [index + 1, 1 / (index + 1)]));
  for (const [name, rows] of left) expect([name, rows]).toEqual([name, first]);
}, 120_000);
