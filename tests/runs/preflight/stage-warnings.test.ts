import { expect, test } from 'vitest';
import { leversOf } from '../../../src-main/runs/preflight/batch-levers.ts';
import { inertWarnings, stageWarnings } from '../../../src-main/runs/preflight/measure-stage.ts';

const judged = {
  memory: { fits: false, source: 'measured', peakBytes: 2 ** 30, limitBytes: 2 ** 29, deviceBytes: null },
  disk: { fits: true },
  device: { mode: 'compiled', backend: 'tensorflow' },
  suggestedMicroBatch: null,
} as unknown as Parameters<typeof stageWarnings>[0];

const leversWith = (engine: object) => leversOf({ training: { batch_size: 8 }, engine } as never);

test('a batch that fits in no parts: layers computed twice first, unless they are', () => {
  const [first] = stageWarnings(judged, leversWith({}), '/data');
  expect(first).toMatchObject({ level: 'error', field: 'training.batch_size' });
  expect(first?.why).toBe('The run used 1.07 GB of memory; 537 MB are available.');
  expect(first?.fix).toBe(
    'Set engine.recompute_activations to true, or lower training.batch_size or data.max_length, or use a smaller model.',
  );
  const [second] = stageWarnings(judged, leversWith({ recompute_activations: true }), '/data');
  expect(second?.fix).toBe('Lower training.batch_size or data.max_length, or use a smaller model.');
});

test('a batch that fits in parts is cut', () => {
  const [warning] = stageWarnings({ ...judged, suggestedMicroBatch: 4 }, leversWith({}), '/data');
  expect(warning).toMatchObject({ field: 'engine.micro_batch_size', fix: 'Set engine.micro_batch_size to 4.' });
});

test('a disk with too little room is named, with what has to be freed there', () => {
  const disk = { fits: false, totalBytes: 3 * 2 ** 30, freeBytes: 2 ** 30 } as (typeof judged)['disk'];
  const memory = { ...judged.memory, fits: true };
  const [warning] = stageWarnings({ ...judged, memory, disk }, leversWith({}), '/data');
  expect(warning).toMatchObject({
    level: 'error',
    why: 'The run needs about 3.22 GB of disk space; 1.07 GB are free. It will wait for disk space.',
    fix: 'Free 2.15 GB on /data, or keep fewer checkpoints (checkpoints.keep_every).',
  });
});

test('what a config asks for in vain is a warning that names the field', () => {
  const config = (dtype: string) => ({
    recipe: 'sft',
    adapter: { peft_type: 'none' },
    engine: { frozen_dtype: dtype },
  });
  expect(inertWarnings(config('float32'))).toEqual([]);
  expect(inertWarnings(config('bfloat16'))).toEqual([
    {
      level: 'warning',
      field: 'engine.frozen_dtype',
      why: 'engine.frozen_dtype is bfloat16. This has no effect here without an adapter: training on a fixed dataset then keeps no frozen model.',
      fix: 'Leave engine.frozen_dtype at its default.',
    },
  ]);
});
