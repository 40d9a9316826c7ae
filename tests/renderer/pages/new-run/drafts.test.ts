import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { addSyntheticRun } from '../../../../scripts/bench-ui/synthetic-run.ts';
import { openHost } from '../../../../src-main/attach/open-host.ts';
import type { ApiClient } from '../../../../src-main/contract/api/typed-client.ts';
import { openStore } from '../../../../src-main/store/open-store.ts';
import { type App, openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

/** A row of some kinds of datasets, and the method that they are there for. */
const KINDS = {
  pairs: { row: { frage: 'Late?', good: 'A little.', bad: 'No.' }, recipe: 'reward-model' },
  prompts: { row: { prompt: 'Where is it?' }, recipe: 'apa' },
  answers: { row: { prompt: 'Where is it?', completion: 'Here.' }, recipe: 'sft' },
} as const;
const RUN = '20260101-000000-warm';
const COLUMNS = { prompt: 'frage', chosen: 'good', rejected: 'bad' };

async function addDataset(client: ApiClient, path: string, columns?: Record<string, string>): Promise<number> {
  let id = 0;
  for await (const message of await client.datasets.add({ folder: '/', path }))
    if (message.kind === 'result') id = message.result.id;
  if (columns) await client.datasets.map({ dataset: id, columns });
  return id;
}

/** The app with a dataset of each kind in its library; the ids and the files by kind. */
async function withDatasets() {
  const folder = mkdtempSync(join(tmpdir(), 'keel-kinds-'));
  const home = mkdtempSync(join(tmpdir(), 'keel-app-'));
  onTestFinished(() => [folder, home].forEach((path) => void rmSync(path, { recursive: true, force: true })));
  const store = openStore(join(home, 'store.sqlite'));
  addSyntheticRun(store, { id: RUN, name: 'warm support', steps: 4, createdAt: 1_767_225_600_000 });
  store.close();
  const host = await openHost({ home });
  const added = new Map<string, { readonly id: number; readonly file: string }>();
  for (const [kind, { row }] of Object.entries(KINDS)) {
    const file = join(folder, `${kind}.jsonl`);
    writeFileSync(file, `${JSON.stringify(row)}\n`);
    added.set(kind, { file, id: await addDataset(host.client, file, kind === 'pairs' ? COLUMNS : undefined) });
  }
  await host.close();
  return { app: await openApp({ home, roots: [folder] }), of: (kind: keyof typeof KINDS) => added.get(kind)! };
}

const yaml = ({ page }: App) => page.getByLabel('Config as YAML');
const config = async (app: App) => parse(await yaml(app).inputValue()) as unknown;
const saved = ({ page }: App) => page.getByText('Saved', { exact: true }).waitFor();

/** From a dataset's page into the form, by the button. */
async function useDataset(app: App, id: number): Promise<void> {
  await app.open(`/datasets/${id}`);
  await app.page.getByRole('button', { name: 'Use in a new run' }).click();
  await app.page.waitForURL(/\/runs\/new/);
  await saved(app);
}

test('a dataset goes into the form under the method that it is for, and stays over a reload', async () => {
  const { app, of } = await withDatasets();
  for (const kind of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
    const { id, file } = of(kind);
    const { recipe } = KINDS[kind];
    const data = { files: [file], ...(kind === 'pairs' ? { columns: COLUMNS } : {}) };
    await useDataset(app, id);
    expect(await config(app)).toEqual({ recipe, data });
    const files = app.page.getByRole('combobox', { name: 'Files', exact: true });
    expect(await files.getAttribute('title')).toBe(file);
    await app.page.reload();
    await saved(app);
    expect(await config(app)).toEqual({ recipe, data });
  }
  expect(app.complaints).toEqual([]);
}, 240_000);

test('what stood in the form gives way, is kept, comes back with its folder and goes only by hand', async () => {
  const { app, of } = await withDatasets();
  const { page } = app;
  const kept = page.getByRole('region', { name: 'Saved drafts' });
  const back = (words: RegExp) => kept.getByRole('button', { name: new RegExp(`^Restore the draft ${words.source}`) });
  await app.open('/runs/new');
  expect(await kept.count()).toBe(0);
  await yaml(app).fill('# By hand.\nrecipe: ppo\nname: mine\n');
  await saved(app);

  await useDataset(app, of('prompts').id);
  await back(/PPO, mine/).waitFor();
  // Another dataset, and another kind of config, do no harm either; the pipeline takes the config as its stage.
  await useDataset(app, of('pairs').id);
  await page.getByRole('radio', { name: /^Pipeline/ }).check();
  await expect.poll(() => kept.getByRole('listitem').count()).toBe(3);
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);

  await page.reload();
  await back(/PPO, mine/).click();
  await expect.poll(() => yaml(app).inputValue()).toBe('# By hand.\nrecipe: ppo\nname: mine\n');
  await expect.poll(() => kept.getByRole('listitem').count()).toBe(3);
  await back(/Reward model, pairs.jsonl/).click();
  await expect.poll(async () => ((await config(app)) as { recipe: string }).recipe).toBe('reward-model');
  await back(/PPO, mine/).waitFor();

  await kept.getByRole('button', { name: /^Remove the draft APA/ }).click();
  await expect.poll(() => kept.getByRole('listitem').count()).toBe(2);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => kept.getByRole('listitem').count()).toBe(3);
  expect(app.complaints).toEqual([]);
}, 240_000);

test('a run like another one takes its folder along, over a reload and over going to and fro', async () => {
  const { app } = await withDatasets();
  const { page } = app;
  const folder = page.getByText(/^Relative paths start from \/$/);
  const back = (words: string) => page.getByRole('button', { name: `Restore the draft ${words}` });
  await app.open('/runs/new');
  await yaml(app).fill('recipe: ppo\nname: mine\n');
  await saved(app);
  await app.open(`/runs/new?like=${RUN}`);
  await page.waitForURL(/\/runs\/new/);
  await folder.waitFor();
  await saved(app);
  await page.reload();
  await folder.waitFor();
  expect(await config(app)).toMatchObject({
    recipe: 'apa',
    data: { files: ['resources/starter/prompts-train.jsonl.gz'] },
  });
  await back('PPO, mine').click();
  await folder.waitFor({ state: 'detached' });
  await back('APA, prompts-train.jsonl.gz').click();
  await folder.waitFor();
}, 240_000);

test('another method keeps what both have; what is left out comes back; the base folder can be changed', async () => {
  const { app } = await withDatasets();
  const { page } = app;
  const mine = '# Mine.\nrecipe: apa\nseed: 3\nmethod:\n  apa_lambda: 0.5\n  gamma: 0.9\n';
  await app.open('/runs/new');
  await yaml(app).fill(mine);
  await page.getByRole('radio', { name: /^PPO/ }).check();
  // A message stays while the pointer is on it.
  await page.getByRole('button', { name: 'Undo' }).hover();
  expect(await page.locator('.toast').innerText()).toContain('PPO has no use for method.apa_lambda: left out.');
  expect(await config(app)).toEqual({ recipe: 'ppo', seed: 3, method: { gamma: 0.9 } });
  expect(await yaml(app).inputValue()).toContain('# Mine.');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => yaml(app).inputValue()).toBe(mine);

  await page.getByRole('button', { name: 'Change the base folder' }).click();
  await page.getByLabel('Relative paths start from').fill('/');
  await page.getByRole('button', { name: 'Done' }).click();
  await saved(app);
  await page.reload();
  await page.getByText(/^Relative paths start from \/$/).waitFor();
  expect(await yaml(app).inputValue()).toBe(mine);
  expect(app.complaints).toEqual([]);
}, 240_000);

test('saves of a draft keep their order: the next one waits until the one before is answered', async () => {
  const { app } = await withDatasets();
  const { page } = app;
  const asked: string[] = [];
  const held: (() => void)[] = [];
  let isSlow = false;
  await page.routeWebSocket(/^ws:/, (socket) => {
    const host = socket.connectToServer();
    socket.onMessage((message) => {
      const words = message.toString();
      const name = words.includes('drafts/save') ? /name: (\w+)/.exec(words)?.[1] : undefined;
      if (name) asked.push(name);
      if (isSlow && name === 'older') held.push(() => host.send(message));
      else host.send(message);
    });
  });
  await app.open('/runs/new');
  await saved(app);
  await page.clock.install();
  isSlow = true;
  for (const [at, name] of ['older', 'newer'].entries()) {
    await yaml(app).fill(`recipe: ppo\nname: ${name}\n`);
    // The pause after which a text is saved, and more.
    await page.clock.runFor(2000);
    if (at === 0) await expect.poll(() => asked).toEqual(['older']);
  }
  await page.getByText('Saving', { exact: true }).waitFor();
  expect(asked).toEqual(['older']);
  for (const send of held) send();
  await expect.poll(() => asked).toEqual(['older', 'newer']);
  await saved(app);
  await page.clock.resume();
  await page.reload();
  await expect.poll(() => yaml(app).inputValue()).toBe('recipe: ppo\nname: newer\n');
}, 240_000);

test('what is typed while another method is saved stays', async () => {
  const { app } = await withDatasets();
  const { page } = app;
  const waiting: (() => void)[] = [];
  let isSlow = false;
  await page.routeWebSocket(/^ws:/, (socket) => {
    const host = socket.connectToServer();
    socket.onMessage((message) => {
      const words = message.toString();
      const isSave = words.includes('drafts/save') && words.includes('"new-run"');
      if (isSlow && isSave) waiting.push(() => host.send(message));
      else host.send(message);
    });
  });
  await app.open('/runs/new');
  await yaml(app).fill('recipe: apa\nname: mine\n');
  await saved(app);
  isSlow = true;
  await page.getByRole('radio', { name: /^Pipeline/ }).check();
  await expect.poll(() => waiting.length).toBe(1);
  expect(await config(app)).toMatchObject({ recipe: 'pipeline' });
  await yaml(app).fill('recipe: ppo\nname: newer\n');
  isSlow = false;
  for (const send of waiting) send();
  await saved(app);
  await page.reload();
  await expect.poll(() => yaml(app).inputValue()).toBe('recipe: ppo\nname: newer\n');
  expect(app.complaints).toEqual([]);
}, 240_000);
