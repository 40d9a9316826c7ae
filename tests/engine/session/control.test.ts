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
    { kind: 'paused', step: 1, cause: null },
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

const HOLD = { by: 'doctor', why: 'entropy is gone', regime: 'collapse' } as const;

test('a held run waits for somebody, tells why, and records that it was let go on', async () => {
  const told: ControlReport[] = [];
  const control = createControl([], (report) => told.push(report));
  const boundary = control.boundary(7, HOLD);
  setImmediate(() => {
    control.receive({ kind: 'set', path: 'method.apa_lambda', value: 2 });
    control.receive({ kind: 'resume' });
  });
  expect(await boundary).toEqual({ stop: false, checkpoint: false });
  expect(told).toEqual([
    { kind: 'paused', step: 7, cause: HOLD },
    { kind: 'resumed', step: 7 },
    { kind: 'changed', change: { step: 7, path: 'doctor.go_on', value: 1 } },
    { kind: 'changed', change: { step: 7, path: 'method.apa_lambda', value: 2 } },
  ]);
});

test('a run that is resumed from before a hold passes it where it was let go on, and nowhere else', async () => {
  const told: ControlReport[] = [];
  const control = createControl([{ step: 7, path: 'doctor.go_on', value: 1 }], (report) => told.push(report));
  await control.boundary(7, HOLD);
  expect(told).toEqual([]);
  const later = control.boundary(9, HOLD);
  setImmediate(() => control.receive({ kind: 'stop', checkpoint: true }));
  expect(await later).toEqual({ stop: true, checkpoint: true });
  expect(told).toEqual([{ kind: 'paused', step: 9, cause: HOLD }]);
});

test('a run that was stopped at a hold and is resumed goes on there, once', async () => {
  const told: ControlReport[] = [];
  const control = createControl([], (report) => told.push(report), { goesOn: true });
  await control.boundary(7, HOLD);
  expect(told).toEqual([{ kind: 'changed', change: { step: 7, path: 'doctor.go_on', value: 1 } }]);
  const later = control.boundary(8, HOLD);
  setImmediate(() => control.receive({ kind: 'stop', checkpoint: true }));
  await later;
  expect(told.at(-1)).toEqual({ kind: 'paused', step: 8, cause: HOLD });
});
