import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openStore } from '../../src-main/store/open-store.ts';
import { listCheckpoints } from '../../src-main/store/queries/checkpoints.ts';
import { readSeries } from '../../src-main/store/queries/metrics.ts';
import { temporaryFolder } from './temporary-store.ts';

const WRITER = fileURLToPath(new URL('./ledger-writer.ts', import.meta.url));
const KILLS = Number(process.env.KEEL_LEDGER_KILLS ?? 8);

/** Kills the writer after a number of acknowledged steps; gives the last one that it acknowledged. */
function writeUntilKilled(path: string, steps: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'pipe'] });
    let told = '';
    let trouble = '';
    child.stdout.on('data', (text) => {
      told += text;
      if (told.split('\n').length > steps) child.kill('SIGKILL');
    });
    child.stderr.on('data', (text) => {
      trouble += text;
    });
    child.on('close', (_, signal) => {
      const whole = told.slice(0, told.lastIndexOf('\n')).split('\n');
      if (signal === 'SIGKILL' && whole.length > 0) resolve(Number(whole.at(-1)));
      else reject(new Error(trouble));
    });
  });
}

test('what was acknowledged before a SIGKILL is there after it, whole', async () => {
  const path = join(temporaryFolder(), 'store.sqlite');
  for (let kill = 0; kill < KILLS; kill += 1) {
    // A fixed sequence of lengths: every kill falls on another moment of the writer's work.
    const acknowledged = await writeUntilKilled(path, 1 + ((kill * 37) % 90));
    const opened = performance.now();
    const store = openStore(path);
    expect(performance.now() - opened).toBeLessThan(2000);
    const steps = readSeries(store.read, 1, 'loss').map((row) => row.step);
    expect(steps.length).toBeGreaterThanOrEqual(acknowledged);
    expect(steps).toEqual(steps.map((_, index) => index + 1));
    expect(readSeries(store.read, 1, 'accuracy').map((row) => -row.value)).toEqual(steps);
    expect(listCheckpoints(store.read, 1).map((row) => row.step)).toEqual(steps);
    expect(store.write.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(store.write.pragma('foreign_key_check')).toEqual([]);
    store.close();
  }
});
