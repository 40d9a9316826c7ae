import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import type { PlannedStudy } from '#contract/api/runs/planned-studies.ts';
import type { RunDetail } from '#contract/api/runs/run-state.ts';
import { resolveStudy } from '#contract/config/index.ts';
import { checkCluster } from '../../../src-main/clusters/check-cluster.ts';
import { addressOf, findCluster } from '../../../src-main/clusters/registry.ts';
import { STARTER_FOLDER } from '../../../src-main/runs/host/demo.ts';
import { type Desk, type Lab, openLab, runHere, starterApa } from './cluster-desk.ts';
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

test('a study is spread over the nodes; one that is lost with all its processes takes no row with it', async () => {
  const { nodes } = await checkCluster(findCluster(desk.home, 'lab'), addressOf(desk.home, 'lab'));
  const other = nodes.find(({ isHead }) => !isHead)?.id;
  const begun = await begin(null);
  expect(begun.place).toEqual({ cluster: 'lab', cpus: 1, gpus: 0, parallel: 2 });
  const { id } = begun.study;
  const now = () => desk.client.studies.planned({ id });
  const lost = await vi.waitUntil(async () => underWay(await now(), other), { timeout: 300_000, interval: 200 });
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
});
