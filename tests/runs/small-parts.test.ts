import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { estimateDiskBytes, requireDiskSpace } from '../../src-main/runs/archive/disk-space.ts';
import { engineRequest } from '../../src-main/runs/engine/engine-request.ts';
import { explainExit } from '../../src-main/runs/engine/explain-exit.ts';
import { spawnEnvironment } from '../../src-main/runs/engine/spawn-environment.ts';
import { createDeviceQueue } from '../../src-main/runs/host/device-queue.ts';
import { createRunId } from '../../src-main/runs/host/run-id.ts';
import { createRunSignals } from '../../src-main/runs/host/run-signals.ts';
import { createRateMeter } from '../../src-main/runs/views/rate-meter.ts';
import { temporaryHome } from './fake-host.ts';

describe('run ids', () => {
  const at = new Date(2026, 10, 23, 13, 19, 24);
  test.each([
    ['APA, 2nd try!', '20261123-131924-apa-2nd-try'],
    ['émile', '20261123-131924-e-mile'],
    ['../../etc/passwd', '20261123-131924-etc-passwd'],
    ['日本', '20261123-131924-run'],
    ['x'.repeat(200), `20261123-131924-${'x'.repeat(40)}`],
  ])('%s', (name, expected) => expect(createRunId(name, at, () => false)).toBe(expected));

  test('two of one second and name differ', () => {
    const taken = new Set(['20261123-131924-apa', '20261123-131924-apa-2']);
    expect(createRunId('apa', at, (id) => taken.has(id))).toBe('20261123-131924-apa-3');
  });
});

describe('why an engine is gone', () => {
  const exit = { kind: 'exit' as const, code: null, signal: null, stderr: '', unreadable: null };
  const library = 'Error: libcudart.so.12: cannot open shared object file: No such file';
  test.each([
    [{ ...exit, signal: 'SIGKILL' }, 'engine_killed'],
    [{ ...exit, signal: 'SIGSEGV' }, 'engine_crashed'],
    [{ ...exit, code: 134, stderr: 'x\nterminate called after std::bad_alloc' }, 'engine_out_of_memory'],
    [{ ...exit, code: 1, stderr: library }, 'engine_library_missing'],
    [{ ...exit, code: 7 }, 'engine_crashed'],
    [{ ...exit, signal: 'SIGTERM' }, 'engine_ended'],
    [{ ...exit, stderr: 'spawn ENOMEM' }, 'engine_not_started'],
    [{ ...exit, signal: 'SIGKILL', unreadable: 'metrics message, points.0.value: Invalid input' }, 'engine_bug'],
    [{ ...exit, signal: 'SIGSEGV', stderr: `W dso_loader.cc: ${library}` }, 'engine_crashed'],
  ])('%j: %s', (given, code) => expect(explainExit(given).error.code).toBe(code));

  test('a library that was only warned of does not explain what happened after the engine was ready', () => {
    const { error } = explainExit({ ...exit, code: 1, stderr: `${library}\nTypeError: x` }, true);
    expect(error).toMatchObject({ code: 'engine_crashed', why: expect.stringContaining('TypeError: x') });
  });

  test('of an error that Node prints, the error is quoted', () => {
    const stderr = 'file:///x.ts:1\n  throw\n  ^\n\nRangeError: too far\n    at f (x.ts:1:1)\n\nNode.js v24.1.0\n';
    expect(explainExit({ ...exit, code: 1, stderr }).error.why).toMatch(/Last output: RangeError: too far$/);
  });

  test('its last words are quoted', () => {
    expect(explainExit({ ...exit, code: 1, stderr: 'first\nCheck failed: x > 0\n' }).error.why).toContain(
      'Check failed: x > 0',
    );
  });
});

test('a rate is measured within a phase, from the reports that came; one step gives none', () => {
  let now = 0;
  const meter = createRateMeter(() => now);
  const at = (time: number, phase: string, done: number) => {
    now = time;
    return meter({ phase, done, total: 10, unit: 'steps', rate: null, secondsLeft: null });
  };
  const unknown = { rate: null, secondsLeft: null };
  expect(at(0, 'a', 0)).toMatchObject(unknown);
  // Two reports of one moment would mean 10,000 steps a second.
  expect(at(0.1, 'a', 1)).toMatchObject(unknown);
  expect(at(2000, 'a', 2)).toMatchObject(unknown);
  expect(at(3000, 'a', 6)).toMatchObject({ rate: 2, secondsLeft: 2 });
  expect(at(4000, 'b', 1)).toMatchObject(unknown);
  for (const time of [4010, 4020, 4030]) expect(at(time, 'b', 1)).toMatchObject(unknown);
  expect(at(5000, 'b', 1)).toMatchObject({ rate: 0, secondsLeft: null });
});

test('a queue runs one at a time; a failure does not hold up the next, and what is not wanted is passed over', async () => {
  const queue = createDeviceQueue();
  const done: string[] = [];
  const work = (name: string) => async () => {
    done.push(`${name}>`);
    await new Promise((resolve) => setImmediate(resolve));
    done.push(`<${name}`);
    if (name === 'a') throw new Error('a failed');
  };
  const add = (name: string, isWanted: boolean) =>
    queue.add('gpu', { run: name, holder: null, work: work(name), isWanted: () => isWanted });
  const first = add('a', true);
  void add('b', false);
  void add('c', true);
  await expect(first).rejects.toThrow('a failed');
  await queue.idle();
  expect(done).toEqual(['a>', '<a', 'c>', '<c']);
});

test('a holder keeps its device until it lets go, and waiting runs start in the order they were moved to', async () => {
  const queue = createDeviceQueue();
  const done: string[] = [];
  const add = (run: string, holder: string | null = null) => {
    const work = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      done.push(run);
    };
    return queue.add('gpu', { run, holder, work, isWanted: () => true });
  };
  const first = add('stage 1', 'pipeline');
  for (const run of ['a', 'b', 'c']) void add(run);
  await first;
  expect(queue.waiting()).toEqual(['a', 'b', 'c']);
  queue.move('c', 'a');
  queue.move('a', null);
  expect(queue.waiting()).toEqual(['c', 'b', 'a']);
  await add('stage 2', 'pipeline');
  expect(done).toEqual(['stage 1', 'stage 2']);
  queue.release('pipeline');
  await queue.idle();
  expect(done).toEqual(['stage 1', 'stage 2', 'c', 'b', 'a']);
});

test('a signal wakes who waits for that run, and an abort wakes too', async () => {
  const signals = createRunSignals();
  const abort = new AbortController();
  const woken: string[] = [];
  const waits = [
    signals.next('a').then(() => woken.push('a')),
    signals.next('b', abort.signal).then(() => woken.push('b')),
  ];
  signals.change('a');
  await waits[0];
  expect(woken).toEqual(['a']);
  abort.abort();
  await waits[1];
  expect(woken).toEqual(['a', 'b']);
});

test('a start that needs more than the disk or the budget has is refused with both numbers', () => {
  const home = temporaryHome();
  const needed = estimateDiskBytes({ model: home, other: ['x'] }, '/', {});
  expect(needed).toBe(50 * 2 ** 20);
  expect(() => requireDiskSpace(home, 2 ** 60, Number.POSITIVE_INFINITY)).toThrow(
    expect.objectContaining({ code: 'disk_space' }),
  );
  expect(() => requireDiskSpace(home, needed, 1e6)).toThrow(
    expect.objectContaining({ code: 'disk_budget', why: expect.stringMatching(/52\.4 MB.*1 MB/) }),
  );
});

describe("an engine's environment", () => {
  const environment = { KEEL_ENGINE_BINDING: '/addon.node', TF_ENABLE_ONEDNN_OPTS: '1', HOME: '/h' };
  const make = spawnEnvironment(temporaryHome(), environment);
  test("a first start follows the person's environment and the config's wish", () => {
    expect(make(null, { threads: 3, mode: 'eager', device: 'cpu' })).toMatchObject({
      ...environment,
      TF_NUM_INTRAOP_THREADS: '3',
      KEEL_ENGINE_MODE: 'eager',
      CUDA_VISIBLE_DEVICES: '',
    });
  });
  test('two threads work on two ops where halves of a batch are decoded or learn, and two networks learn', () => {
    const within = (settings: Parameters<typeof make>[0], wish: Parameters<typeof make>[1]) =>
      make(settings, wish).TF_NUM_INTRAOP_THREADS;
    const folder = temporaryHome();
    mkdirSync(join(folder, 'small'));
    mkdirSync(join(folder, 'large'));
    writeFileSync(join(folder, 'small/model.safetensors'), 'weights');
    writeFileSync(join(folder, 'large/model.safetensors'), '');
    truncateSync(join(folder, 'large/model.safetensors'), 17 * 2 ** 20);
    const wish = (change: object) => {
      const config = { model: 'small', engine: { threads: 2 }, rollouts: { num_rollouts: 64 }, ...change };
      return engineRequest(config, folder, { 'run:a/policy': join(folder, 'small') });
    };
    expect(make(null, wish({}))).toMatchObject({ TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '2' });
    expect(within(null, wish({ model: 'run:a/policy' }))).toBe('1');
    expect(within(null, wish({ model: 'large' }))).toBe('2');
    expect(within(null, wish({ model: 'absent' }))).toBe('2');
    expect(within(null, wish({ rollouts: { num_rollouts: 63 } }))).toBe('2');
    expect(within(null, wish({ rollouts: undefined }))).toBe('2');
    const pairs = (change: object) =>
      wish({ recipe: 'reward-model', rollouts: undefined, training: { batch_size: 16 }, ...change });
    expect(within(null, pairs({}))).toBe('1');
    expect(within(null, pairs({ training: { batch_size: 15 } }))).toBe('2');
    expect(within(null, pairs({ engine: { threads: 2, micro_batch_size: 8 } }))).toBe('2');
    expect(within(null, pairs({ model: 'large' }))).toBe('2');
    expect(within(null, pairs({ recipe: 'sft' }))).toBe('2');
    expect(within(null, wish({ engine: { threads: 4 } }))).toBe('4');
    expect(within(null, wish({ engine: { threads: 2, mode: 'eager' } }))).toBe('2');
    // What is recorded comes first; a run from before the setting computes as it did.
    expect(within({ threads: 2, opThreads: 1 }, {})).toBe('1');
    expect(within({ threads: 2 }, wish({}))).toBe('2');
  });
  test('products are rounded to bfloat16 where config or record wants it, and then with oneDNN', () => {
    const home = temporaryHome();
    const usual = spawnEnvironment(home, { TF_NUM_INTRAOP_THREADS: '1' });
    const rounded = { KEEL_COMPUTE_DTYPE: 'bfloat16', TF_ENABLE_ONEDNN_OPTS: '1' };
    const exact = { KEEL_COMPUTE_DTYPE: 'float32' };
    const wish = engineRequest({ engine: { compute_dtype: 'bfloat16' } }, home, {});
    expect(usual(null, wish)).toMatchObject(rounded);
    expect(usual(null, {})).toMatchObject(exact);
    expect(usual({ onednn: true, computeDtype: 'bfloat16' }, {})).toMatchObject(rounded);
    // What is recorded comes first; a run from before the setting computes as it did.
    expect(usual({ onednn: true, computeDtype: 'float32' }, wish)).toMatchObject(exact);
    expect(usual({ onednn: true }, wish)).toMatchObject(exact);
  });
  test('memory comes in large pages, unless the person wants it otherwise', () => {
    expect(make(null, {})).toMatchObject({ GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' });
    const adapted = engineRequest({ adapter: { peft_type: 'lora' } }, temporaryHome(), {});
    expect(make(null, adapted)).toMatchObject({ GLIBC_TUNABLES: 'glibc.malloc.arena_max=1' });
    const all = engineRequest({ adapter: { peft_type: 'none' } }, temporaryHome(), {});
    expect(make(null, all)).toHaveProperty('GLIBC_TUNABLES');
    const own = { ...environment, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' };
    const wanted = spawnEnvironment(temporaryHome(), own);
    expect(wanted(null, {})).toMatchObject(own);
    expect(wanted({ threads: 2 }, {})).toMatchObject({ GLIBC_TUNABLES: own.GLIBC_TUNABLES });
  });
  test('a resumed run computes as it did at first, whatever has changed outside', () => {
    const settings = { threads: 2, onednn: false, xla: false, mode: 'compiled' };
    expect(make(settings, { threads: 3, mode: 'eager' })).toMatchObject({
      TF_NUM_INTRAOP_THREADS: '2',
      TF_ENABLE_ONEDNN_OPTS: '0',
      KEEL_ENGINE_MODE: 'compiled',
    });
  });
});
