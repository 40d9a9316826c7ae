import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float32 } from '#engine/runtime/host-tensor.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { type Channel, openChannel } from '#engine/workers/channel.ts';
import { createWorkerRuntime } from '#engine/workers/worker-runtime.ts';
import { runtimeKinds } from '../../support/runtimes.ts';
import { PYTHON, startGroup, type WorkerGroup } from '../../support/worker-group.ts';

/** More numbers than are sent at once, in rows that two workers cannot share evenly. */
const [ROWS, WIDTH] = [3001, 1024];

describe.runIf(PYTHON)('variables of two workers (KEEL_TEST_PYTHON)', () => {
  let group: WorkerGroup;
  let channel: Channel;
  let local: Runtime;
  let runtime: Runtime;
  beforeAll(async () => {
    group = startGroup(2);
    channel = await openChannel(group.workers.folder, 1, async () => undefined);
    local = await runtimeKinds.at(-1)!.start();
    runtime = createWorkerRuntime(channel, local, { recipe: 'sft', config: {}, count: 2 });
  }, 120_000);
  afterAll(async () => {
    channel?.close();
    local?.dispose();
    await group?.end();
  });

  it('come back bit for bit, whatever their size', () => {
    const { variables } = runtime;
    const large = Float32Array.from({ length: ROWS * WIDTH }, (_, at) => Math.sin(at));
    variables.create('policy/large', float32(large, [ROWS, WIDTH]));
    variables.create('policy/row', float32([-0, Number.NaN, 1e-45], [1, 3]));
    variables.create('other/zeros', float32(new Float32Array(4), [4]));
    expect(variables.read('policy/large').data).toEqual(large);
    expect(variables.read('policy/row')).toEqual(float32([-0, Number.NaN, 1e-45], [1, 3]));
    expect(variables.names('policy/')).toEqual(['policy/large', 'policy/row']);
    variables.assign('other/zeros', float32([1, 2, 3, 4], [4]));
    expect(variables.read('other/zeros').data).toEqual(Float32Array.of(1, 2, 3, 4));
    variables.remove('policy/');
    expect(variables.names()).toEqual(['other/zeros']);
  });

  it('are rounded to the type in which they are stored', () => {
    const { variables } = runtime;
    variables.create('base/half', float32([0.1, 1 / 3], [2, 1]), 'bfloat16');
    // 0.1 and 1/3 with 8 bits: 0x3dcd and 0x3eab.
    expect(variables.read('base/half').data).toEqual(Float32Array.of(0.10009765625, 0.333984375));
    expect(variables.bytesOf('base/half')).toBe(4);
    expect(() => variables.create('base/quarter', float32([1], [1]), 'int8')).toThrow(/int8/);
    expect(() => variables.create('base/large', float32([1e5], [1]), 'float16')).toThrow(/65504/);
  });

  it('a step without a plan is refused', () => {
    expect(() => runtime.compile('own', () => ({}))).toThrow(/does not support the step "own"/);
  });
});

it.skipIf(PYTHON)('workers were not asked: set KEEL_TEST_PYTHON to a Python with torch and transformers', () => {});
