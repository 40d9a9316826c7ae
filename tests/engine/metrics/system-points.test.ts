import { expect, test } from 'vitest';
import { systemPoints } from '#engine/metrics/system-points.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { tf } from '#engine/runtime/tf.ts';
import { nativeKinds } from '../../support/runtimes.ts';

const ofKey = (points: ReturnType<typeof systemPoints>, key: string) =>
  points.find((point) => point.key === key)!.value;

test.each([
  [5, 20, 0.25],
  [0, 20, 0],
  [0, 0, 0],
])('%d seconds of building in %d seconds are a share of %d', (built, seconds, share) => {
  const memory = () => ({ tensors: 0, bytes: 0, variables: 0, graphs: 0 });
  const graphStatistics = () => ({ graphs: 1, seconds: built, nodes: 0, held: 0, fallbacks: [] });
  const points = systemPoints({ memory, graphStatistics }, { residentBytes: 1, seconds });
  expect(ofKey(points, 'time/build_share')).toBe(share);
});

test.runIf(nativeKinds.length > 0)(
  'building is the first call of each shape, less what the second one takes',
  async () => {
    const runtime = await nativeKinds.find(({ kind }) => kind === 'compiled')!.start();
    const step = runtime.compile('double', (_, { x }) => ({ y: tf.mul(x!, 2) }));
    const shareAfter = (count: number) => {
      step({ x: float32(new Float32Array(count), [count]) });
      return ofKey(systemPoints(runtime, { residentBytes: 1, seconds: 1000 }), 'time/build_share');
    };
    const [first, second, third, other] = [shareAfter(3), shareAfter(3), shareAfter(3), shareAfter(4)];
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThan(first);
    expect(third).toBe(second);
    expect(other).toBeGreaterThan(second);
    runtime.dispose();
  },
);
