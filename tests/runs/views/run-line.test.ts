import { expect, test } from 'vitest';
import type { Progress } from '#contract/api/runs/run-records.ts';
import { describeLine } from '../../../src-main/runs/views/watch-overview.ts';
import { upsertChange } from '../../../src-main/store/queries/events.ts';
import { upsertPoints } from '../../../src-main/store/queries/metrics.ts';
import { insertRun, readRun } from '../../../src-main/store/queries/runs.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

function openRuns() {
  const { read, write } = openMemoryStore();
  const add = (id: string, recipe: string, parent: string | null, config: Record<string, unknown> = {}) => {
    const place = { stage: parent ? recipe : null, folder: `/runs/${id}`, baseFolder: '/', device: 'default' };
    return insertRun(write, { ...place, id, name: id, recipe, parent, configGiven: '{}', config, createdAt: 1 });
  };
  const tell = (run: number, key: string, value: number) =>
    upsertPoints(write, run, { step: 1, points: [{ key, value }], at: 1, sequence: 1 });
  const line = (id: string, progressOf: (id: string) => Progress | null = () => null) =>
    describeLine(read, readRun(read, id)!, progressOf);
  return { write, add, tell, line };
}

test('a coefficient is shown as the last change of it has left it', () => {
  const { write, add, line } = openRuns();
  const run = add('one', 'apa', null, { method: { apa_lambda: 1 } });
  expect(line('one').coefficient).toEqual({ path: 'method.apa_lambda', value: 1 });
  upsertChange(write, run, { step: 3, path: 'method.apa_lambda', value: 2 }, 1);
  upsertChange(write, run, { step: 7, path: 'method.apa_lambda', value: 0.5 }, 2);
  upsertChange(write, run, { step: 9, path: 'optimizer.learning_rate', value: 1e-5 }, 3);
  expect(line('one').coefficient).toEqual({ path: 'method.apa_lambda', value: 0.5 });
});

test('a pipeline shows the figures and the progress of its newest stage that has them', () => {
  const { add, tell, line } = openRuns();
  add('all', 'pipeline', null);
  tell(add('first', 'sft', 'all'), 'loss', 2);
  tell(add('second', 'reward-model', 'all'), 'accuracy', 0.75);
  add('third', 'apa', 'all');
  const progressOf = (id: string): Progress | null =>
    id === 'first' || id === 'second'
      ? { phase: id, done: 1, total: 2, unit: 'updates', rate: null, secondsLeft: null }
      : null;
  const { figures, progress, spark } = line('all', progressOf);
  expect({ figures, phase: progress?.phase, key: spark?.key }).toEqual({
    figures: { accuracy: 0.75 },
    phase: 'second',
    key: 'accuracy',
  });
});
