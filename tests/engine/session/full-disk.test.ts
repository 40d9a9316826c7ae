import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createControl } from '#engine/session/control.ts';
import { createInputLedger } from '#engine/session/input-ledger.ts';
import { keepWorstPairs } from '#engine/session/supervised/keep-worst-pairs.ts';
import { runEngine } from '../../support/engine-run.ts';
import { freshTinyWorld } from '../../support/fresh-tiny-world.ts';
import { tellOfJob } from '../../support/run-job.ts';
import { hasNative, runtimeKinds } from '../../support/runtimes.ts';
import { canMount, smallDisk } from '../../support/small-disk.ts';
import { type TinyWorld, tinyConfigs } from '../../support/tiny-world.ts';

let world: TinyWorld;

beforeAll(async () => {
  const fresh = await freshTinyWorld();
  world = fresh.world;
  return fresh.remove;
});

describe.skipIf(!canMount)('a full disk elsewhere than at a checkpoint', () => {
  test('small files of a run fail with their path and what has to be freed', () => {
    const { folder, fill } = smallDisk(2);
    const ledger = createInputLedger(folder);
    fill();
    const isFull = (path: string) =>
      expect.objectContaining({
        code: 'disk_full',
        why: expect.stringContaining(path),
        fix: expect.stringMatching(`^Free 16\\.8 MB on ${folder},`),
      });
    expect(() => ledger({ role: 'data', path: 'a.jsonl', sha256: 'x'.repeat(9000) })).toThrow(
      isFull(join(folder, 'inputs.json')),
    );
    const record = { kind: 'comparison', prompt: 'p', chosen: 'c', rejected: 'r', origin: { file: 'a', line: 1 } };
    const judged = { chosenScore: 0, rejectedScore: 1, chosenLength: 1, rejectedLength: 1 };
    expect(() => keepWorstPairs(folder, { worst: [0] }, [{ record } as never], [judged])).toThrow(
      isFull(join(folder, 'certificate', 'worst-pairs.json')),
    );
  });

  test('an export says how much, before it fills the disk, and leaves nothing', async () => {
    const { folder } = smallDisk(1);
    const runtime = await runtimeKinds[0]!.start();
    const request = { kind: 'export', format: 'hf', what: 'policy', record: {}, force: false } as const;
    const out = join(folder, 'out');
    const exported = tellOfJob(runtime, { ...request, source: world.model, out });
    await expect(exported).rejects.toMatchObject({
      code: 'export_not_written',
      fix: expect.stringMatching(`^Free \\d+ kB on ${folder}, or choose a folder on another disk\\.$`),
    });
    runtime.dispose();
    expect(readdirSync(folder)).toEqual([]);
  });

  test.skipIf(!hasNative)('no room for temporary files ends a run: op by op it would compute other bits', async () => {
    const { folder, fill } = smallDisk(1);
    fill();
    const runFolder = join(world.folder, 'run-without-temporary-files');
    mkdirSync(runFolder);
    const config = tinyConfigs(world, 2).sft!;
    const { events } = await runEngine({ config, runFolder, resumeFrom: null, env: { TMPDIR: folder } });
    expect(events.at(-1)).toMatchObject({
      kind: 'failed',
      error: { code: 'disk_full', why: expect.stringMatching(`TMPDIR.*could not be written to ${folder}:`) },
    });
  });
});

describe('waiting for a disk', () => {
  const full = () => Object.assign(new Error('no space'), { code: 'ENOSPC' });
  const at = { path: '/tmp', neededBytes: 1 };

  test('a write is tried again at the next boundary, and whoever goes on presses no key', async () => {
    const told: string[] = [];
    const control = createControl([], (report) => told.push(report.kind));
    const tries: string[] = [];
    const write = () => {
      tries.push(told.join());
      if (tries.length < 3) throw full();
    };
    control.attempt({ ...at, write, giveUp: () => tries.push('given up') });
    const boundary = control.boundary(4);
    // Any message has the disk looked at again.
    await expect.poll(() => told).toEqual(['paused']);
    control.receive({ kind: 'resume' });
    expect(await boundary).toEqual({ stop: false, checkpoint: false });
    expect([tries, told]).toEqual([
      ['', '', 'paused'],
      ['paused', 'resumed'],
    ]);
  });

  test.each([
    ['one that waits is ended by any stop', true, true],
    ['one that shall not wait gives up at once', false, false],
  ])('%s', async (_, waits, isTold) => {
    const told: string[] = [];
    const control = createControl([], (report) => told.push(report.kind));
    let isGivenUp = false;
    const giveUp = () => {
      isGivenUp = true;
    };
    const write = () => {
      throw full();
    };
    if (!waits) control.receive({ kind: 'stop', checkpoint: true, waits: false });
    control.attempt({ ...at, write, giveUp });
    const boundary = control.boundary(4);
    if (waits) {
      await expect.poll(() => told).toEqual(['paused']);
      control.receive({ kind: 'stop', checkpoint: true });
    }
    expect(await boundary).toEqual({ stop: true, checkpoint: true });
    expect([isGivenUp, told]).toEqual([true, isTold ? ['paused'] : []]);
  });

  test('work that nobody watches fails at once', () => {
    const control = createControl([], () => undefined, { waitsForDisk: false });
    const write = () => {
      throw full();
    };
    expect(() => control.attempt({ ...at, write, giveUp: () => undefined })).toThrow('no space');
  });

  test('any other error of a write passes', async () => {
    const control = createControl([], () => undefined);
    const write = () => {
      throw new RangeError('a bug');
    };
    expect(() => control.attempt({ ...at, write, giveUp: () => undefined })).toThrow('a bug');
    await expect(control.untilWritten(at, write)).rejects.toThrow('a bug');
  });
});
