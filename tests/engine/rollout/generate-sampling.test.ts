import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SamplingSettings, sampledLogits, sampleTokens } from '#engine/rollout/generate-sampling.ts';
import { samplingUniforms } from '#engine/rollout/generate-uniforms.ts';
import { float32 } from '#engine/runtime/host-tensor.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { runtimeKinds } from '../../support/runtimes.ts';

const UNTRUNCATED: SamplingSettings = { temperature: 1, topK: 0, topP: 1 };

describe('sampling uniforms', () => {
  it('are a function of seed, row and place alone', () => {
    const wide = samplingUniforms(9, 5, 7);
    const narrow = samplingUniforms(9, 2, 3);
    for (let row = 0; row < 2; row++) {
      for (let i = 0; i < 6; i++) expect(narrow.data[row * 6 + i]).toBe(wide.data[row * 14 + i]);
    }
    expect(samplingUniforms(2 ** 40, 1, 1).data).not.toEqual(samplingUniforms(0, 1, 1).data);
  });

  it('fill [0, 1) evenly', () => {
    const { data } = samplingUniforms(0, 100, 500);
    const mean = data.reduce((sum, u) => sum + u, 0) / data.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 / Math.sqrt(12 * data.length));
    expect(data.every((u) => u >= 0 && u < 1)).toBe(true);
  });
});

describe.each(runtimeKinds)('sampling, $kind', ({ start }) => {
  let runtime: Runtime;
  let made = 0;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  function draw(logits: readonly number[], settings: SamplingSettings, uniforms: Float32Array) {
    made += 1;
    const rows = uniforms.length / 2;
    const step = runtime.compile(`sample ${made}`, (_, inputs) => {
      const all = tf.tile(inputs.logits!.reshape([1, -1]), [rows, 1]);
      return { ...sampleTokens(all, inputs.uniforms!, settings) };
    });
    const result = step({ logits: float32(logits, [logits.length]), uniforms: float32(uniforms, [rows, 2]) });
    return { tokens: Array.from(result.tokens!.data), logprobs: Array.from(result.logprobs!.data) };
  }

  it('takes the likeliest token, and reports its log-probability at the temperature', () => {
    // At temperature 1/2 the shares 0.5, 0.3 and 0.2 become 25, 9 and 4 of 38; at 0 they are those of the logits.
    const logits = [0.3, 0.5, 0.2].map(Math.log);
    const uniforms = Float32Array.from([0.99, 0.99]);
    const greedy = draw(logits, { temperature: 0.5, topK: 0, topP: 1, isGreedy: true }, uniforms);
    expect(greedy).toEqual({ tokens: [1], logprobs: [expect.closeTo(Math.log(25 / 38), 6)] });
    const cold = draw(logits, { temperature: 0, topK: 0, topP: 1 }, uniforms);
    expect(cold).toEqual({ tokens: [1], logprobs: [expect.closeTo(Math.log(0.5), 6)] });
  });

  it('draws each token as often as its probability says, and reports its log-probability', () => {
    // Softmax of log p is p; ten tokens make blocks of four with two columns of padding.
    const p = [0.3, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.03, 0.015, 0.005];
    const rows = 20_000;
    const { tokens, logprobs } = draw(p.map(Math.log), UNTRUNCATED, samplingUniforms(1, rows, 1).data);
    const counts = p.map((_, token) => tokens.filter((drawn) => drawn === token).length);
    // Chi-squared with 9 degrees of freedom: 27.9 is exceeded once in a thousand seeds.
    const chiSquared = p.reduce((sum, q, token) => sum + (counts[token]! - q * rows) ** 2 / (q * rows), 0);
    expect(chiSquared).toBeLessThan(27.9);
    tokens.forEach((token, row) => {
      expect(logprobs[row]).toBeCloseTo(Math.log(p[token]!), 5);
    });
  });

  it('keeps to the vocabulary at both ends of the unit interval', () => {
    const top = 1 - 2 ** -23;
    const corners = Float32Array.of(0, 0, 0, top, top, 0, top, top);
    expect(draw([0, 0, 0, 0, 0, 0, 0], UNTRUNCATED, corners).tokens).toEqual([0, 2, 6, 6]);
    expect(draw([-1e30, 0, 0, 0, 0, 0, -1e30], UNTRUNCATED, corners).tokens).toEqual([1, 2, 3, 5]);
  });

  it('cuts to top k, then top p, and renormalizes', () => {
    const p = [0.1, 0.4, 0.2, 0.25, 0.05];
    const allowed = (settings: SamplingSettings) => {
      made += 1;
      const step = runtime.compile(`cut ${made}`, (_, { logits }) => ({ cut: sampledLogits(logits!, settings) }));
      const { cut } = step({ logits: float32(p.map(Math.log), [1, 5]) });
      return Array.from(cut!.data, (value) => value > -1e29);
    };
    expect(allowed({ ...UNTRUNCATED, topK: 2 })).toEqual([false, true, false, true, false]);
    expect(allowed({ ...UNTRUNCATED, topP: 0.6 })).toEqual([false, true, false, true, false]);
    expect(allowed({ ...UNTRUNCATED, topP: 0.7 })).toEqual([false, true, true, true, false]);
    // Within the two kept of 0.4 and 0.25 the first alone holds 0.615.
    expect(allowed({ ...UNTRUNCATED, topK: 2, topP: 0.6 })).toEqual([false, true, false, false, false]);
    const { tokens, logprobs } = draw(
      p.map(Math.log),
      { ...UNTRUNCATED, topK: 2 },
      Float32Array.of(0.1, 0.1, 0.9, 0.9),
    );
    expect(new Set(tokens)).toEqual(new Set([1, 3]));
    tokens.forEach((token, row) => {
      expect(logprobs[row]).toBeCloseTo(Math.log(p[token]! / 0.65), 5);
    });
  });

  it('sharpens by temperature', () => {
    const { logprobs } = draw([Math.log(4), 0], { ...UNTRUNCATED, temperature: 0.5 }, Float32Array.of(0, 0));
    // Powers 1/0.5 = 2: 16 to 1.
    expect(logprobs[0]).toBeCloseTo(Math.log(16 / 17), 5);
  });
});
