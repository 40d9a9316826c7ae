import { expect, test } from 'vitest';
import { type ControlReport, createControl } from '../../../src-main/engine/session/control.ts';

test('a change holds from the boundary after it, and every change is kept', async () => {
  const told: ControlReport[] = [];
  const control = createControl([], (report) => told.push(report));
  await control.boundary(3);
  control.receive({ kind: 'set', path: 'apa_lambda', value: 0.2 });
  expect(control.inForce('apa_lambda', 0.1)).toBe(0.1);
  await control.boundary(4);
  expect(control.inForce('apa_lambda', 0.1)).toBe(0.2);
  expect(told).toEqual([{ kind: 'changed', change: { step: 4, path: 'apa_lambda', value: 0.2 } }]);
  expect(control.changes()).toEqual([{ step: 4, path: 'apa_lambda', value: 0.2 }]);
});

test('recorded changes are applied again at their own steps', async () => {
  const control = createControl([{ step: 5, path: 'learning_rate', value: 0 }], () => undefined);
  await control.boundary(4);
  expect(control.inForce('learning_rate', 1)).toBe(1);
  await control.boundary(5);
  expect(control.inForce('learning_rate', 1)).toBe(0);
});

test('a pause holds the boundary until it is resumed', async () => {
  const told: ControlReport[] = [];
  const control = createControl([], (report) => told.push(report));
  control.receive({ kind: 'pause' });
  const boundary = control.boundary(1);
  setImmediate(() => setImmediate(() => control.receive({ kind: 'resume' })));
  expect(await boundary).toEqual({ stop: false, checkpoint: false });
  expect(told).toEqual([
    { kind: 'paused', step: 1 },
    { kind: 'resumed', step: 1 },
  ]);
});

test('stop stays asked for, a checkpoint is answered once', async () => {
  const control = createControl([], () => undefined);
  control.receive({ kind: 'checkpoint' });
  expect(await control.boundary(1)).toEqual({ stop: false, checkpoint: true });
  control.receive({ kind: 'stop', checkpoint: true });
  expect(await control.boundary(2)).toEqual({ stop: true, checkpoint: true });
  expect(await control.boundary(3)).toEqual({ stop: true, checkpoint: false });
});
