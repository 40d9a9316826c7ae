import { expect, it } from 'vitest';
import { answerInBatches } from '#engine/jobs/batches/in-batches.ts';
import type { EngineReport } from '#engine/protocol.ts';
import { createControl } from '#engine/session/control.ts';

function listen() {
  const told: EngineReport[] = [];
  const control = createControl([], () => undefined);
  return { told, control, tell: (report: EngineReport) => void told.push(report) };
}

const work = {
  phase: 'score',
  items: ['bb', 'a', 'dddd', 'ccc'],
  lengthOf: (item: string) => item.length,
  rowsFor: () => 2,
  answer: (batch: readonly string[]) => batch.map((item) => item.toUpperCase()),
};

it('batches by length and tells rows in the order of the input', async () => {
  const context = listen();
  const batches: string[][] = [];
  const answer = (batch: readonly string[]) => {
    batches.push([...batch]);
    return work.answer(batch);
  };
  expect(await answerInBatches({ ...work, answer }, context)).toBe(4);
  expect(batches).toEqual([
    ['dddd', 'ccc'],
    ['bb', 'a'],
  ]);
  const rows = context.told.flatMap((report) => (report.kind === 'rows' ? report.rows : []));
  expect(rows).toEqual(['BB', 'A', 'DDDD', 'CCC']);
  expect(context.told.filter(({ kind }) => kind === 'progress')).toHaveLength(2);
});

it('stops between two batches when asked to', async () => {
  const context = listen();
  const answer = (batch: readonly string[]) => {
    context.control.receive({ kind: 'stop', checkpoint: false });
    return work.answer(batch);
  };
  expect(await answerInBatches({ ...work, answer }, context)).toBeNull();
  expect(context.told.at(-1)).toEqual({ kind: 'stopped', step: null });
});
