import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHost } from '../../../../src-main/attach/open-host.ts';
import { startRuntime } from '../../../../src-main/engine/runtime/start-runtime.ts';
import { canMount, smallDisk } from '../../../support/small-disk.ts';
import { makeTinyWorld, tinyConfigs } from '../../../support/tiny-world.ts';
import { openApp } from '../../support/app.ts';
import { seriousFaults } from '../../support/axe.ts';
import { layoutFaults } from '../../support/layout-faults.ts';

const PATIENT = { timeout: 90_000 };
/** Enough for the store, not for a checkpoint. */
const LEFT = 1_500_000;

test.skipIf(!canMount)(
  'a run that waits for a full disk says on its page and in the list what to free, and goes on by itself',
  async () => {
    const disk = smallDisk(80);
    const home = join(disk.folder, 'home');
    const folder = mkdtempSync(join(tmpdir(), 'keel-world-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(home);
    const world = makeTinyWorld(await startRuntime({ binding: null, mode: 'eager' }), folder);
    const { page, open, complaints } = await openApp({ home });
    const connection = await openHost({ home });
    onTestFinished(() => connection.close());
    const { runs } = connection.client;
    const checkpoints = { interval_steps: 10, interval_seconds: 3600 };
    const config = JSON.stringify({ ...tinyConfigs(world, 4000).sft, checkpoints });
    const { id: run } = await runs.start({ config, baseFolder: folder });
    for await (const { metrics } of await runs.watch({ run })) if (metrics.length > 0) break;
    disk.fill(LEFT);
    await open(`/runs/${run}`);
    const notice = page.getByRole('status', { name: 'Why the run is waiting' });
    await notice.getByText(/^waiting for disk: free \d.* on /).waitFor(PATIENT);
    await page.getByText('paused', { exact: true }).first().waitFor();
    for (const theme of ['light', 'dark']) {
      await page.evaluate(`document.documentElement.setAttribute('data-theme', '${theme}')`);
      expect(await seriousFaults(page)).toEqual([]);
      expect(await layoutFaults(page)).toEqual([]);
    }
    await open('/runs');
    await page
      .getByText(/^waiting for disk: free \d/)
      .first()
      .waitFor(PATIENT);
    expect(await layoutFaults(page)).toEqual([]);
    await open(`/runs/${run}`);
    disk.free();
    await notice.waitFor({ state: 'hidden', ...PATIENT });
    await page.getByText('running', { exact: true }).first().waitFor(PATIENT);
    await runs.stop({ run });
    expect(complaints).toEqual([]);
  },
  240_000,
);
