import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { temporaryHome, watchAll } from '../../runs/fake-host.ts';
import { realHost } from '../../runs/real-host.ts';
import { makeTinyWorld, tinyConfigs } from '../../support/tiny-world.ts';
import { type App, openApp } from '../support/app.ts';
import { seriousFaults } from '../support/axe.ts';
import { layoutFaults } from '../support/layout-faults.ts';

let config = '';
beforeAll(async () => {
  const binding = process.env.KEEL_ENGINE_BINDING || null;
  const world = makeTinyWorld(await startRuntime({ binding, mode: 'eager' }), temporaryHome());
  config = JSON.stringify({ ...tinyConfigs(world, 2).sft, name: 'kept' });
});

interface Prepared {
  readonly home: string;
  readonly id: string;
}

/** A data folder in which the real engine has finished a run. */
async function prepare(): Promise<Prepared> {
  const home = temporaryHome();
  const { host, close } = realHost(home);
  const run = host.start({ config, baseFolder: home });
  await watchAll(host, run.id);
  await close();
  return { home, id: run.id };
}

let prepared: Promise<Prepared> | null = null;
/** One for both tests: they leave the run as it was. */
function homeWithRun(): Promise<Prepared> {
  prepared ??= prepare();
  return prepared;
}

async function expectSound({ page, complaints }: App): Promise<void> {
  for (const theme of ['light', 'dark']) {
    await page.evaluate(`document.documentElement.setAttribute('data-theme', '${theme}')`);
    expect(await seriousFaults(page)).toEqual([]);
    expect(await layoutFaults(page)).toEqual([]);
  }
  expect(complaints).toEqual([]);
}

describe('with a run that has finished', { timeout: 240_000 }, () => {
  test('it is exported, verified, listed, refused a second time, and its lineage and backup are there', async () => {
    const { home, id } = await homeWithRun();
    const app = await openApp({ home });
    const { page } = app;
    await app.open(`/export/${id}`);
    await page.getByText('No network call was made in this run.').waitFor();
    const folder = join(home, 'exports', 'first');
    await page.locator('#export-folder').fill(folder);
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    await page.getByText('Exported and verified.').waitFor({ timeout: 90_000 });
    const verdict = page.getByRole('table', { name: 'Export verification' });
    await expect.poll(() => verdict.locator('.badge').allInnerTexts()).toEqual(Array(6).fill('match'));
    await expect.poll(() => page.getByRole('region', { name: 'Previous exports' }).locator('tbody tr').count()).toBe(1);
    expect(existsSync(join(folder, 'model.safetensors'))).toBe(true);
    await expect.poll(() => page.getByRole('region', { name: 'Lineage' }).locator('g.node.export').count()).toBe(1);
    // It begins with what the run started from: data and the starting policy stand left of the run, its policy right.
    const lineage = page.getByRole('region', { name: 'Lineage' });
    const places = async (kind: string) =>
      Promise.all((await lineage.locator(`g.node.${kind}`).all()).map(async (node) => (await node.boundingBox())!.x));
    const [models, runs, outputs] = [await places('model'), await places('run'), await places('artifact')];
    expect([models.length, runs.length]).toEqual([1, 1]);
    expect([models[0]! < runs[0]!, outputs.every((x) => x > runs[0]!)]).toEqual([true, true]);
    await lineage.getByText(/^Show as list/).click();
    await lineage.getByRole('button', { name: /^kept Run.*from .*model/ }).waitFor();
    await expectSound(app);

    await page.getByRole('button', { name: 'Export', exact: true }).click();
    await page.getByRole('alert').getByText('exists and is not empty').waitFor({ timeout: 90_000 });

    await page.getByRole('checkbox', { name: /^Replace an earlier export/ }).check();
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    await page.getByText('Exported and verified.').waitFor({ timeout: 90_000 });
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    const refusal = page.getByRole('alert');
    await refusal.getByText('that Keel did not write or that changed after Keel wrote it').waitFor({ timeout: 90_000 });
    expect(await refusal.locator('li').allInnerTexts()).toEqual(['notes.txt was not written by Keel']);
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
    await expectSound(app);

    await page.getByRole('button', { name: 'Back up' }).click();
    await page.getByText(/Wrote .* files to/).waitFor();
    const manifest = JSON.parse(readFileSync(join(home, 'exports', `${id}.keelrun`, 'keelrun.json'), 'utf8'));
    expect(manifest.run).toBe(id);
  });

  test('settings show engine, machine, disk and licenses; a removed run is restored, a backup opened', async () => {
    const { home, id } = await homeWithRun();
    const { client, close } = realHost(home);
    for await (const _ of await client.runs.backup({ run: id, folder: home, out: 'saved.keelrun' }));
    await client.runs.remove({ run: id });
    await close();
    const app = await openApp({ home });
    const { page } = app;
    await app.open('/settings');
    await page.getByRole('region', { name: 'This machine' }).getByText('GFLOP/s measured').waitFor({ timeout: 90_000 });
    await page.getByRole('region', { name: 'Engine' }).getByText('Pure JavaScript').waitFor();
    const packages = page.getByRole('button', { name: /packages and their licenses/ });
    await packages.click();
    await page.getByRole('button', { name: /^zod / }).click();
    await page.locator('pre').getByText('Permission is hereby granted').waitFor();
    await packages.click();
    const trash = page.getByRole('region', { name: 'Trash' });
    await trash.getByRole('button', { name: 'Restore' }).click();
    await trash.getByText('The trash is empty.').waitFor();
    await page.locator('#backup-to-open').fill(join(home, 'saved.keelrun'));
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await page.getByRole('link', { name: `${id}-2` }).waitFor();
    await page.getByRole('radio', { name: 'Dark' }).check();
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
    await expectSound(app);
  });
});
