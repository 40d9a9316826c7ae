import { expect, test } from 'vitest';
import { worstSamples } from '#engine/doctor/worst-samples.ts';
import type { RewardedRollout } from '#engine/records.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';

/** Four responses of one to four tokens with these scores. */
function rollout(scores: readonly number[]): RewardedRollout {
  const isStored = [1, 2, 3, 4].flatMap((length) => [0, 1, 2, 3].map((at) => (at < length ? 1 : 0)));
  return {
    prompts: ['a', 'b', 'c', 'd'],
    responses: ['one', 'two', 'three', 'four'],
    responseMask: { data: Uint8Array.from(isStored), shape: [4, 4] },
    scores: float32(Float32Array.from(scores), [4]),
  } as never;
}

test('length hacking is shown by the longest responses, or by the shortest where these score higher', () => {
  const shown = (scores: readonly number[]) =>
    worstSamples('length_hacking', rollout(scores)).map(({ response, what }) => `${response}: ${what}`);
  expect(shown([1, 2, 3, 4])).toEqual(['four: 4 tokens', 'three: 3 tokens', 'two: 2 tokens']);
  expect(shown([4, 3, 2, 1])).toEqual(['one: 1 token', 'two: 2 tokens', 'three: 3 tokens']);
});
