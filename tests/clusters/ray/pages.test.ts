import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { attachToHost } from '../../../src-main/attach/attach-to-host.ts';
import { hostSocket } from '../../../src-main/attach/open-host.ts';
import { type App, openApp } from '../../renderer/support/app.ts';
import { fromAnywhere, isOver, newHome, removeHome, starterApa } from './cluster-desk.ts';
import { faultsOf } from './page-faults.ts';
import { type RayCluster, startRay } from './ray-cluster.ts';

let ray: RayCluster;
const home = newHome();

beforeAll(async () => {
  ray = await startRay(2);
});

afterAll(() => {
  ray?.stop();
  removeHome(home);
});

/** Waits for the end of a run, beside the page. */
async function endOf(run: string): Promise<string> {
  const { client, close } = await attachToHost(hostSocket(home));
  try {
    for await (const batch of await client.runs.watch({ run })) if (isOver(batch.run)) return batch.run.state;
    throw new Error('The watch ended.');
  } finally {
    await close();
  }
}

async function addCluster({ page }: App, token: string): Promise<void> {
  const form = page.getByRole('form', { name: 'Add a cluster' });
  await form.getByLabel('Name').fill('lab');
  await form.getByLabel('Address of its dashboard').fill(ray.url);
  await form.getByLabel('Token').fill(token);
  await form.getByRole('button', { name: 'Add' }).click();
}

test('a cluster is added in Settings, chosen in the form, and named on its run; the token is never shown', async () => {
  const app = await openApp({ home });
  const { page } = app;
  await app.open('/settings#clusters');
  await addCluster(app, `${ray.token}0`);
  await page.getByText('The cluster lab refused the token').waitFor();
  await addCluster(app, ray.token);
  const lab = page.getByRole('article', { name: 'Cluster lab' });
  await lab.getByText(/Ray 2\.60\.0, answers in \d+ ms/).waitFor();
  expect(await lab.getByRole('row').allInnerTexts()).toEqual([
    'Node\tFree CPUs\tFree GPUs',
    expect.stringMatching(/^[\d.]+ \(head\)\t(2 of )?2\t(0 of )?0$/),
  ]);
  expect(await page.getByLabel('Token').inputValue()).toBe('');
  expect(await page.content()).not.toContain(ray.token);
  expect(await faultsOf(app, 'settings')).toEqual([]);

  await app.open('/runs/new');
  await page.getByLabel('Config as YAML').fill(stringify(fromAnywhere(starterApa(20, 5))));
  await page.getByText('Saved', { exact: true }).waitFor();
  await page.getByLabel('Run on').selectOption('Cluster lab');
  await page.getByLabel('CPUs').fill('64');
  await page.getByLabel('CPUs').blur();
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByText('No node of the cluster lab has 64 CPUs and 0 GPUs').waitFor();
  await page.getByLabel('CPUs').fill('1');
  await page.getByLabel('CPUs').blur();
  expect(await faultsOf(app, 'new-run')).toEqual([]);
  await page.getByRole('button', { name: 'Start' }).click();
  await page.waitForURL(/\/runs\/\d/);

  const facts = page.getByLabel('Facts');
  await facts.getByText('Node').waitFor({ timeout: 120_000 });
  const words = await facts.innerText();
  expect(words).toMatch(/Cluster\s+lab, 1 CPU\b/);
  expect(words).toMatch(/Offline\s+no/);
  // What this machine is busy with says nothing about the run.
  expect(words).not.toContain('Memory');
  expect(await endOf(new URL(page.url()).pathname.split('/').at(-1) ?? '')).toBe('finished');
  expect(await faultsOf(app, 'run')).toEqual([]);
  await app.open(`${new URL(page.url()).pathname}/artifacts`);
  await page.getByText('Not an offline run: its models and data were sent to the cluster lab.').waitFor();

  await app.open('/settings#clusters');
  await lab.getByRole('button', { name: 'Remove the cluster lab' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await lab.waitFor({ state: 'detached' });
  await app.open('/runs/new');
  await page.getByText('Saved', { exact: true }).waitFor();
  expect(await page.getByLabel('Run on').count()).toBe(0);
  expect(app.complaints).toEqual([]);
});
