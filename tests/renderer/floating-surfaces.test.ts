import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addSyntheticRun } from '../../scripts/bench-ui/synthetic-run.ts';
import { openHost } from '../../src-main/attach/open-host.ts';
import { type RunFinding, runFindingSchema } from '../../src-main/contract/api/runs/run-doctor.ts';
import { resolveStudy } from '../../src-main/contract/config/index.ts';
import { DOCTOR_EVENT } from '../../src-main/contract/run-events.ts';
import { inTransaction } from '../../src-main/store/database.ts';
import { openStore } from '../../src-main/store/open-store.ts';
import { insertEvent } from '../../src-main/store/queries/events.ts';
import { insertStudy } from '../../src-main/store/queries/studies.ts';
import { ROOT, readSources } from '../architecture/source-tree.ts';
import { openApp } from './support/app.ts';
import { floatingFaults } from './support/floating-faults.ts';
import { plainSelects, scatteredLayers, scopedPortalRules } from './support/floating-styles.ts';
import {
  FLOATING_CLUSTER,
  FLOATING_SURFACES,
  type FloatingWorld,
  floatingComponents,
} from './support/floating-surfaces.ts';

const RUN = '20260101-000000-warm';
const TROUBLED = '20260101-000001-collapsed';
const STARTER = join(ROOT, 'resources', 'starter');

const FINDING: RunFinding = runFindingSchema.parse({
  regime: 'collapse',
  state: 'open',
  since: 20,
  cause: 'The entropy has fallen to a tenth of its start.',
  evidence: [],
  remedy: { text: 'Raise λ.', path: 'method.apa_lambda', value: 2, isLive: true },
  samples: [],
  action: 'tell',
});

const STUDY = {
  recipe: 'study',
  name: 'brief words',
  seeds: [1, 2],
  base: {
    model: 'some/model',
    data: { files: 'data.jsonl' },
    reward: { type: 'rules', rules: [{ type: 'contains', texts: ['a'] }] },
  },
  methods: [{ recipe: 'apa' }, { recipe: 'ppo' }],
};

async function lastOf<Message>(stream: AsyncIterable<Message>): Promise<Message | undefined> {
  let last: Message | undefined;
  for await (const message of stream) last = message;
  return last;
}

/** A data folder with two runs, a dataset and a model that a person has added. */
async function filledHome(): Promise<FloatingWorld & { readonly home: string }> {
  const home = mkdtempSync(join(tmpdir(), 'keel-floating-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const store = openStore(join(home, 'store.sqlite'));
  addSyntheticRun(store, { id: RUN, name: 'warm support', steps: 40, createdAt: 1_767_225_600_000 });
  const run = addSyntheticRun(store, {
    id: TROUBLED,
    name: 'collapsed',
    steps: 40,
    createdAt: 1_767_225_500_000,
    isFinished: false,
  });
  const told = { at: 1_767_225_600_000, sequence: 50, step: 22, level: 'warning' as const };
  insertEvent(store.write, run, { ...told, name: DOCTOR_EVENT, detail: { ...FINDING } });
  const plan = { plan: resolveStudy(STUDY).study, baseFolder: home, place: null };
  const study = inTransaction(store.write, () =>
    insertStudy(store.write, { name: STUDY.name, notes: '', runs: [], createdAt: 1 }, plan),
  );
  store.close();
  mkdirSync(join(home, 'clusters'), { mode: 0o700 });
  writeFileSync(join(home, 'clusters', `${FLOATING_CLUSTER.name}.json`), JSON.stringify(FLOATING_CLUSTER));
  const host = await openHost({ home });
  const added = await lastOf(await host.client.datasets.add({ folder: STARTER, path: 'sft.jsonl.gz' }));
  const model = await lastOf(await host.client.models.add({ folder: STARTER, path: 'policy' }));
  await host.close();
  if (added?.kind !== 'result' || model?.kind !== 'result') throw new Error('nothing was added');
  return { home, run: RUN, troubled: TROUBLED, dataset: added.result.id, model: model.result.reference, study };
}

test('every component that draws over the page has a way to be opened', () => {
  const opened = new Set(FLOATING_SURFACES.flatMap(({ components }) => components));
  expect(floatingComponents().filter((name) => !opened.has(name))).toEqual([]);
  expect([...opened].filter((name) => !floatingComponents().includes(name))).toEqual([]);
});

test('no scoped rule is for what reka-ui draws through a portal, and layers are named in one place', () => {
  const components = readSources('src-renderer').filter(({ path }) => path.endsWith('.vue'));
  expect(components.flatMap(scopedPortalRules)).toEqual([]);
  expect(components.flatMap(scatteredLayers)).toEqual([]);
  expect(components.flatMap(plainSelects)).toEqual([]);
});

test.each(['light', 'dark'] as const)(
  'every surface is opaque, edged and on top, %s',
  { timeout: 300_000 },
  async (theme) => {
    const world = await filledHome();
    const { page, open, complaints } = await openApp({ home: world.home, theme });
    const faults: string[] = [];
    for (const surface of FLOATING_SURFACES) {
      await open(surface.path(world));
      await surface.open(page);
      faults.push(...(await floatingFaults(page, surface)).map((fault) => `${surface.name}: ${fault}`));
      await surface.restore?.(page);
    }
    expect(faults).toEqual([]);
    expect(complaints).toEqual([]);
  },
);

test('a popover closes before the palette opens over it', async () => {
  const { home } = await filledHome();
  const { page, open } = await openApp({ home });
  await open(`/runs/${RUN}`);
  await page.getByRole('button', { name: 'Choose plots' }).click();
  const picker = page.getByRole('dialog', { name: 'Choose plots' });
  await picker.waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Search and commands' }).waitFor();
  await picker.waitFor({ state: 'detached' });
});
