import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import type { PlannedStudy } from '#contract/api/runs/planned-studies.ts';
import type { RunDetail } from '#contract/api/runs/run-state.ts';
import { resolveStudy } from '#contract/config/index.ts';
import { checkCluster } from '../../../src-main/clusters/check-cluster.ts';
import { addressOf, findCluster } from '../../../src-main/clusters/registry.ts';
import { STARTER_FOLDER } from '../../../src-main/runs/host/demo.ts';
import { openApp } from '../../renderer/support/app.ts';
import { type Desk, type Lab, openLab, runHere, starterApa } from './cluster-desk.ts';
import { faultsOf, SHOTS } from './page-faults.ts';
import { killAll, withDescendants } from './ray-cluster.ts';

const { recipe: _recipe, name: _name, seed: _seed, ...base } = starterApa(30, 5);
/** Three methods and two seeds. */
const STUDY = {
  ...{ version: 1, recipe: 'study', name: 'spread', seeds: [0, 1] },
  base,
  methods: [{ recipe: 'apa' }, { recipe: 'ppo' }, { recipe: 'awr' }],
};

let lab: Lab;
let second: readonly number[];
let desk: Desk;

beforeAll(async () => {
  lab = await openLab(1, async (ray) => {
    second = await ray.addNode(1);
  });
  desk = lab.desk;
});

afterAll(() => lab?.close());

async function begin(parallel: number | null): Promise<PlannedStudy> {
  const on = { cluster: 'lab', cpus: 1, gpus: 0, parallel };
  const config = { config: stringify(STUDY), baseFolder: STARTER_FOLDER, on };
  for await (const message of await desk.client.studies.begin(config)) {
    if (message.kind === 'result') return message.result as PlannedStudy;
  }
  throw new Error('The study did not begin.');
}

/** The study, each time one of its runs has changed. */
async function* changes({ study: { id } }: PlannedStudy): AsyncGenerator<PlannedStudy> {
  for await (const _ of await desk.client.runs.overview({ limit: 1 })) yield await desk.client.studies.planned({ id });
}

const nodesOf = ({ attempts }: RunDetail) => attempts.map(({ device }) => device.nodeId);

/** A run on a node that is under way and has a checkpoint here; null if there is none just now. */
async function underWay({ entries }: PlannedStudy, node: unknown): Promise<string | null> {
  const ids = entries.flatMap(({ run, state }) => (run && state === 'running' ? [run] : []));
  const runs = await Promise.all(ids.map((run) => desk.client.runs.get({ run })));
  return runs.find((run) => nodesOf(run).at(-1) === node && run.checkpoints.length > 0)?.id ?? null;
}

/** Takes a picture of the runs with their nodes. */
async function picture(id: number, isTime: () => Promise<boolean>): Promise<void> {
  const { page, open } = await openApp({ home: desk.home });
  await open(`/studies/${id}`);
  await vi.waitUntil(isTime, { timeout: 300_000, interval: 200 });
  const runs = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Runs', exact: true }) });
  await runs.screenshot({ path: join(SHOTS ?? '.', 'nodes.png') });
}

test('a study is spread over the nodes; one that is lost with all its processes takes no row with it', async () => {
  const { nodes } = await checkCluster(findCluster(desk.home, 'lab'), addressOf(desk.home, 'lab'));
  const other = nodes.find(({ isHead }) => !isHead)?.id;
  const begun = await begin(null);
  expect(begun.place).toEqual({ cluster: 'lab', cpus: 1, gpus: 0, parallel: 2 });
  const { id } = begun.study;
  const now = () => desk.client.studies.planned({ id });
  if (SHOTS) await picture(id, async () => (await now()).finished >= 2);
  const lost = await vi.waitUntil(async () => underWay(await now(), other), { timeout: 300_000, interval: 200 });
  const nodeIds = ({ entries }: PlannedStudy) => entries.map(({ node }) => node?.id);
  expect(nodeIds(await now())).toContain(other);
  killAll(withDescendants(second));
  let last = begun;
  for await (const planned of changes(begun)) {
    last = planned;
    if (planned.state !== 'running') break;
  }
  expect(last).toMatchObject({ state: 'ended', finished: 6 });
  const run = await desk.client.runs.get({ run: lost });
  expect(run.attempts.map(({ resumedFrom }) => resumedFrom)).toEqual([null, expect.any(Number)]);
  expect(nodesOf(run).map((node) => node === other)).toEqual([true, false]);
  for (const { key, config } of resolveStudy(STUDY).entries) {
    const run = last.entries.find((entry) => entry.key === key)?.run ?? '';
    expect(await desk.values(run)).toEqual(await runHere(config as ReturnType<typeof starterApa>));
  }

  // The page says which node has computed which run: after the loss, that was one node for all that were left.
  const computedBy = nodeIds(last);
  const app = await openApp({ home: desk.home });
  await app.open(`/studies/${id}`);
  // Without a judge, the reward decides.
  await app.page.getByRole('heading', { name: 'Held-out reward along the KL' }).waitFor();
  const shown = app.page.getByRole('list', { name: 'Nodes' }).getByRole('listitem');
  const nodeNames = [...new Set(computedBy)];
  await expect.poll(() => shown.count()).toBe(nodeNames.length);
  for (const [at, { label, seed }] of last.entries.entries()) {
    const letter = 'AB'[nodeNames.indexOf(computedBy[at])];
    const name = new RegExp(`^${label.toUpperCase()}, seed ${seed}: finished.*, node ${letter}$`);
    expect(await app.page.getByRole('link', { name }).count()).toBe(1);
  }
  expect(await faultsOf(app, 'study')).toEqual([]);
  expect(app.complaints).toEqual([]);
});
