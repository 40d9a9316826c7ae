import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Run } from '#contract/api/runs/run-state.ts';
import { canceled, KeelError } from '#contract/errors.ts';
import { exportMetrics } from '../../../src-main/runs/archive/export-metrics.ts';
import type { WorkDesk } from '../../../src-main/runs/host/background-job.ts';
import type { RunHost } from '../../../src-main/runs/host/run-host.ts';
import { durably } from '../../../src-main/store/database.ts';
import { abandonAfter } from '../../../src-main/store/queries/branches.ts';
import { upsertPoints } from '../../../src-main/store/queries/metrics.ts';
import { addSyntheticRun, ONLINE } from '../../api/synthetic-runs.ts';
import { fakeHost, watchAll } from '../fake-host.ts';

const quiet: WorkDesk = { progress: () => undefined, log: () => undefined, check: () => undefined };
const place = (name: string) => join(mkdtempSync(join(tmpdir(), 'keel-metrics-')), name);
const config = { ...ONLINE, recipe: 'apa', name: 'apa' };

function twoSteps(host: RunHost): Run {
  const replies = [{ prompt: 'Hello', response: ' there', score: 1 }];
  return addSyntheticRun(host, {
    config,
    steps: [
      { step: 1, metrics: { loss: 2, 'eval/reward': Number.NaN }, replies },
      { step: 2, metrics: { loss: 1 } },
    ],
  });
}

const csv = (host: RunHost, runs: readonly Run[], out: string, desk = quiet) =>
  exportMetrics(host.setup.store.read, { runs, format: 'csv', out, samples: false }, desk);

/** Rows of a written CSV file without run and time. */
const rowsOf = (out: string) =>
  readFileSync(out, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, step, , key, value] = line.split(',');
      return [Number(step), key, Number(value)];
    });

async function refused(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return error instanceof KeelError ? error.code : String(error);
}

describe('an export of metrics', () => {
  it('holds the values in effect, without those that a rollback discarded', async () => {
    const host = fakeHost({});
    const run = twoSteps(host);
    const { write } = host.setup.store;
    durably(write, () => {
      abandonAfter(write, run.number, 1, 5);
      upsertPoints(write, run.number, { step: 2, points: [{ key: 'loss', value: 0.5 }], at: 6, sequence: 9 });
    });
    const out = place('metrics.csv');
    const result = await csv(host, [host.find(run.id)], out);
    expect(rowsOf(out)).toEqual([
      [1, 'eval/reward', Number.NaN],
      [1, 'loss', 2],
      [2, 'loss', 0.5],
    ]);
    const bytes = readFileSync(out).length;
    expect(result).toEqual({ out, format: 'csv', runs: [run.id], values: 3, samples: 0, bytes });
    expect(readdirSync(dirname(out))).toEqual(['metrics.csv']);
  });

  it('is read in parts of bounded size, in the order of steps, and tells how far it is', async () => {
    const host = fakeHost({});
    const run = twoSteps(host);
    const { write } = host.setup.store;
    const keys = ['c', 'a', 'b'];
    durably(write, () => {
      for (let step = 3; step <= 20_000; step += 1) {
        const points = keys.map((key) => ({ key, value: step }));
        upsertPoints(write, run.number, { step, points, at: step, sequence: step });
      }
    });
    const told: number[] = [];
    const out = place('metrics.csv');
    const desk = { ...quiet, progress: (_: string, done: number) => void told.push(done) };
    await csv(host, [host.find(run.id)], out, desk);
    const expected = Array.from({ length: 19_998 }, (_, index) =>
      keys.toSorted().map((key) => [index + 3, key, index + 3]),
    );
    expect(rowsOf(out).slice(3)).toEqual(expected.flat());
    expect(told.at(-1)).toBe(3 + 3 * 19_998);
    const parts = told.map((done, index) => done - (told[index - 1] ?? 0));
    expect(Math.max(...parts)).toBeLessThan(25_000);
    expect(parts.length).toBeGreaterThan(2);
  });

  it('of several runs is one target; a run that is named twice is written once', async () => {
    const host = fakeHost({});
    const [one, other] = [twoSteps(host), twoSteps(host)];
    const out = place('logs');
    const request = { runs: [one, other, one], format: 'tensorboard' as const, out, samples: true };
    const result = await exportMetrics(host.setup.store.read, request, quiet);
    expect([result.runs, result.values, result.samples]).toEqual([[one.id, other.id], 6, 2]);
    expect(readdirSync(out).sort()).toEqual([one.id, other.id].sort());
  });

  it('of a pipeline is that of its stages', async () => {
    const host = fakeHost({ steps: 2 });
    const stages = 'stages: { sft: { model: some/model, data: { files: [data.jsonl] } } }';
    const text = `recipe: pipeline\nname: two\n${stages}\n`;
    const pipeline = host.start({ config: text, baseFolder: host.setup.home });
    await watchAll(host, pipeline.id);
    const out = place('metrics.csv');
    const { runs } = await csv(host, [host.find(pipeline.id)], out);
    expect(runs).toEqual([`${pipeline.id}-sft`]);
    expect(rowsOf(out).filter(([, key]) => key === 'loss')).toEqual([
      [1, 'loss', 1],
      [2, 'loss', 0.5],
    ]);
  });

  it('replaces nothing, not even a link that leads nowhere', async () => {
    const host = fakeHost({});
    const run = twoSteps(host);
    const [file, folder, link] = [place('a.csv'), place('b.csv'), place('c.csv')];
    writeFileSync(file, 'mine');
    mkdirSync(folder);
    symlinkSync('/nowhere/at/all', link);
    for (const out of [file, folder, link]) expect(await refused(csv(host, [run], out))).toBe('export_target_exists');
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['mine', []]);
  });

  it('that is stopped or fails leaves nothing behind', async () => {
    const host = fakeHost({});
    const run = twoSteps(host);
    const out = place('new/folder/metrics.csv');
    const stop = () => {
      throw canceled('Stopped.');
    };
    expect(await refused(csv(host, [run], out, { ...quiet, check: stop }))).toBe('canceled');
    expect(readdirSync(dirname(out))).toEqual([]);
    const below = join(place('file'), 'metrics.csv');
    writeFileSync(dirname(below), '');
    expect(await refused(csv(host, [run], below))).toBe('export_not_written');
  });

  it('removes what a killed export left, and nothing that only looks like it', async () => {
    const host = fakeHost({});
    const run = twoSteps(host);
    const out = place('metrics.csv');
    const [mine, left] = [join(dirname(out), '.metrics.csv.partial'), join(dirname(out), '.metrics.csv.partial-2')];
    for (const folder of [left, mine]) mkdirSync(folder);
    writeFileSync(join(left, 'unfinished-export'), '');
    writeFileSync(join(mine, 'notes.txt'), 'mine');
    await csv(host, [run], out);
    expect([existsSync(left), existsSync(join(mine, 'notes.txt')), existsSync(out)]).toEqual([false, true, true]);
  });

  it('refuses what it cannot do, before anything is written', async () => {
    const host = fakeHost({});
    const run = twoSteps(host);
    const empty = addSyntheticRun(host, { config, steps: [] });
    const { read } = host.setup.store;
    const samples = exportMetrics(read, { runs: [run], format: 'csv', out: place('a.csv'), samples: true }, quiet);
    expect([
      await refused(csv(host, [empty], place('a.csv'))),
      await refused(csv(host, [run], place('a.txt'))),
      await refused(samples),
    ]).toEqual(['metrics_missing', 'export_name', 'samples_have_no_place']);
  });

  it('of a run that is rolled back meanwhile fails', async () => {
    const host = fakeHost({});
    const run = twoSteps(host);
    const { write } = host.setup.store;
    const out = place('metrics.csv');
    let left = 1;
    const rollBack = () => {
      if (left-- === 1) durably(write, () => abandonAfter(write, run.number, 1, 5));
    };
    const many = Array.from({ length: 30_000 }, (_, index) => index + 3);
    durably(write, () => {
      for (const step of many)
        upsertPoints(write, run.number, { step, points: [{ key: 'loss', value: 1 }], at: step, sequence: step });
    });
    expect(await refused(csv(host, [host.find(run.id)], out, { ...quiet, check: rollBack }))).toBe('run_changed');
    expect(readdirSync(dirname(out))).toEqual([]);
  });
});
