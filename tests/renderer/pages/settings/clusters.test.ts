import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeAttempt, insertAttempt } from '../../../../src-main/store/queries/attempts.ts';
import { endRun } from '../../../../src-main/store/queries/runs.ts';
import { freePort } from '../../../clusters/ray/ray-cluster.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { prepareHome } from '../../support/prepared-home.ts';

const TOKEN = 'f00d-token-of-the-lab';
const DEVICE = 'ray:lab?cpus=2&gpus=1&workers=3';

/** A data folder with a cluster that nobody answers for, and a run that it has computed. */
async function withLab() {
  const { home, filled: run } = await prepareHome((host) => {
    const config = { recipe: 'sft', name: 'away', seed: 0, model: 'some/model', data: { files: ['data.jsonl'] } };
    const given = JSON.stringify(config);
    const { id } = host.create({
      recipe: 'sft',
      name: 'away',
      config,
      configGiven: given,
      baseFolder: '/',
      device: DEVICE,
    });
    const { number } = host.find(id);
    const { write } = host.setup.store;
    const start = { enginePid: null, resumedFrom: null, environment: {}, startedAt: 1000 };
    const attempt = insertAttempt(write, number, start);
    const device = { device: 'cpu', cluster: 'lab', node: 'big-machine', nodeId: 'ab12', offline: false };
    describeAttempt(write, number, attempt, device, {});
    endRun(write, number, { state: 'stopped', at: 2000, summary: null, error: null });
    return id;
  });
  mkdirSync(join(home, 'clusters'));
  const tokenFile = join(home, 'token');
  writeFileSync(tokenFile, TOKEN, { mode: 0o600 });
  const url = `http://127.0.0.1:${await freePort()}`;
  writeFileSync(join(home, 'clusters', 'lab.json'), JSON.stringify({ name: 'lab', url, tokenFile }));
  return { home, run, url };
}

test('clusters are listed with what is wrong with them; what cannot be one is not added, and one can be removed', async () => {
  const { home, url } = await withLab();
  const app = await openApp({ home });
  const { page } = app;
  await app.open('/settings#clusters');
  const lab = page.getByRole('article', { name: 'Cluster lab' });
  await lab.getByText(`The cluster lab does not answer at ${url}`).waitFor();

  const form = page.getByRole('form', { name: 'Add a cluster' });
  const add = async (name: string, address: string) => {
    await form.getByLabel('Name').fill(name);
    await form.getByLabel('Address of its dashboard').fill(address);
    await form.getByLabel('Token').fill(TOKEN);
    await form.getByRole('button', { name: 'Add' }).click();
  };
  await add('Not a name', url);
  await form.getByText('Not a name cannot be the name of a cluster.').waitFor();
  await add('lab', url);
  await form.getByText('There is a cluster lab already.').waitFor();
  await add('other', 'somewhere');
  await form.getByText('somewhere is not the address of a Ray dashboard.').waitFor();
  await add('other', url);
  await form.getByText(`The cluster other does not answer at ${url}`).waitFor();
  expect(await page.content()).not.toContain(TOKEN);
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);

  await lab.getByRole('button', { name: 'Remove the cluster lab' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await lab.waitFor({ state: 'detached' });
  expect(app.complaints).toEqual([]);
}, 240_000);

test('the form offers the cluster, and a run of a cluster names it, its node, and that it was not offline', async () => {
  const { home, run } = await withLab();
  const app = await openApp({ home });
  const { page } = app;
  await app.open('/runs/new');
  const place = page.getByRole('region', { name: 'Where to run' });
  await place.getByLabel('Run on').selectOption('Cluster lab');
  await place.getByLabel('GPUs').fill('-1');
  await place.getByLabel('GPUs').blur();
  expect(await place.getByLabel('GPUs').inputValue()).toBe('0');
  await place.getByLabel('Workers').fill('1.5');
  await place.getByLabel('Workers').blur();
  expect(await place.getByLabel('Workers').inputValue()).toBe('0');
  await place.getByText('It is not an offline run.').waitFor();
  expect([await seriousFaults(page), await layoutFaults(page)]).toEqual([[], []]);
  await place.getByLabel('Run on').selectOption('This machine');
  await place.getByLabel('CPUs').waitFor({ state: 'detached' });

  await app.open(`/runs/${run}`);
  const words = await page.getByLabel('Facts').innerText();
  expect(words).toMatch(/Cluster\s+lab, 3 workers, each with 2 CPUs, 1 GPU/);
  expect(words).toMatch(/Node\s+big-machine/);
  expect(words).toMatch(/Offline\s+no/);
  expect(app.complaints).toEqual([]);
}, 240_000);
