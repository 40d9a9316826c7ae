import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSequenceReward } from '#engine/jobs/reward.ts';
import { atFullSize } from '#engine/model/layout/full-size.ts';
import { type PackedHost, type PaddedBatch, packInputs } from '#engine/model/layout/pack-inputs.ts';
import { byColumn, stateEntries } from '#engine/model/layout/packing.ts';
import { loadLanguageModel, loadValueModel } from '#engine/model/load-model.ts';
import { type ModelWeights, plainWeights } from '#engine/model/weights.ts';
import { createModelReward } from '#engine/reward/model-reward.ts';
import { positionsOf } from '#engine/rollout/sequence-inputs.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';
import { valueAndGradients } from '#engine/runtime/ops/gradients.ts';
import { labelLogprobs } from '#engine/runtime/ops/log-softmax.ts';
import { tf } from '#engine/runtime/tf.ts';
import type { HostRecord, Runtime, Tensor, TensorRecord } from '#engine/runtime/types.ts';
import { expectCloseSteps } from '../../../support/close-tensors.ts';
import { leakOf } from '../../../support/leak-check.ts';
import { inShort } from '../../../support/long-form.ts';
import { maskedMean } from '../../../support/masked-mean.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

const FIXTURES = join(import.meta.dirname, '../../../fixtures/models');
const ALL_FAMILIES = [
  'gpt-neox',
  'gpt-neox-serial',
  'gpt2-tied',
  'llama-grouped',
  'qwen2-window',
  'qwen3',
  'gemma3',
  'ministral3',
  'olmo3',
];
/** Learned positions, rotary ones, and windows. */
const FAMILIES = inShort(ALL_FAMILIES, (name) => ['gpt2-tied', 'llama-grouped', 'gemma3'].includes(name));

/** Prompts of q columns that end in the last of them, and responses of r that start in the first. */
function batchOf(lengths: readonly (readonly [prompt: number, response: number])[], q: number, r: number) {
  const b = lengths.length;
  const t = q + r;
  const attended = new Uint8Array(b * t);
  const stored = new Uint8Array(b * r);
  lengths.forEach(([prompt, response], row) => {
    attended.fill(1, row * t + q - prompt, row * t + q + response);
    stored.fill(1, row * r, row * r + response);
  });
  const ids = int32(
    Array.from(attended, (bit, place) => bit * (11 + ((7 * place) % 150))),
    [b, t],
  );
  const attentionMask = bool(attended, [b, t]);
  const responseIds = int32(
    Array.from(stored, (bit, place) => bit * (13 + ((11 * place) % 140))),
    [b, r],
  );
  const responseMask = bool(stored, [b, r]);
  const columns = { from: q - 1, count: r };
  return { ids, attentionMask, positions: positionsOf(attentionMask), responseIds, responseMask, columns };
}

type Batch = ReturnType<typeof batchOf>;

function packed({ ids, attentionMask, responseMask, columns }: Batch, use: PaddedBatch['use'] = 'update') {
  return packInputs({ ids, attentionMask, columns, stateMask: responseMask, use });
}

const RELATIVE = 1e-5;
const SIZES = { q: 6, r: 7 };
/** Prompts of different lengths whose responses all reach their largest length: no state is left out. */
const CUT = batchOf(
  Array.from({ length: 8 }, (_, row) => [1 + (row % 3), 3] as const),
  10,
  3,
);
const BATCH = batchOf(
  [
    [3, 2],
    [6, 0],
    [2, 4],
    [4, 7],
    [1, 1],
    [5, 3],
    [2, 2],
    [3, 1],
  ],
  SIZES.q,
  SIZES.r,
);

describe('packing', () => {
  const lengths = fc.array(fc.tuple(fc.integer({ min: 1, max: SIZES.q }), fc.integer({ min: 0, max: SIZES.r })), {
    minLength: 1,
    maxLength: 24,
  });

  /** Holds what is said of a packed batch for many that are drawn. */
  function whenPacked(
    holds: (drawn: readonly (readonly [number, number])[], batch: Batch, result: PackedHost) => void,
  ): void {
    const property = fc.property(lengths, (drawn) => {
      const batch = batchOf(drawn, SIZES.q, SIZES.r);
      const result = packed(batch);
      fc.pre(result !== null);
      holds(drawn, batch, result as PackedHost);
    });
    fc.assert(property);
  }

  test('every token is there once, at its own position, beside its own sequence', () => {
    whenPacked((drawn, batch, { ids, positions, segments }) => {
      const [rows, t] = ids.shape as [number, number];
      drawn.forEach(([prompt, response], row) => {
        const start = row * t + SIZES.q - prompt;
        const own = Array.from(batch.ids.data.subarray(start, start + prompt + response));
        const places = Array.from(segments.data.keys()).filter((place) => segments.data[place] === row + 1);
        expect(places.map((place) => ids.data[place])).toEqual(own);
        expect(places.map((place) => positions.data[place])).toEqual(own.map((_, index) => index));
        expect(new Set(places.map((place) => Math.floor(place / t))).size).toBeLessThanOrEqual(1);
      });
      expect(rows).toBeLessThan(drawn.length);
      expect(segments.data.filter((segment) => segment > 0).length).toBe(
        drawn.reduce((sum, [prompt, response]) => sum + prompt + response, 0),
      );
    });
  });

  test('every wanted state is where its token is, and all others stand for themselves alone', () => {
    whenPacked((_, batch, { ids, stateRows, rowStates, stateColumns, columnStates }) => {
      const m = stateRows.data.length;
      batch.responseMask.data.forEach((bit, entry) => {
        const state = columnStates ? columnStates.data[entry]! : entry;
        const column = stateColumns ? stateColumns.data[state]! : state;
        expect(batch.responseMask.data[column]).toBe(bit);
        if (!bit) return;
        expect(column).toBe(entry);
        const place = stateRows.data[state]!;
        expect(rowStates.data[place]).toBe(state);
        const token = Math.floor(entry / SIZES.r) * (SIZES.q + SIZES.r) + SIZES.q - 1 + (entry % SIZES.r);
        expect(ids.data[place]).toBe(batch.ids.data[token]);
      });
      const wanted = batch.responseMask.data.reduce((sum, bit) => sum + bit, 0);
      expect(rowStates.data.filter((state) => state < m).length).toBe(wanted);
    });
  });

  test('sizes come in eighths for an update and in quarters for a forward', () => {
    const one = batchOf(
      Array.from({ length: 32 }, () => [3, 2] as const),
      6,
      7,
    );
    expect(packed(one)!.ids.shape).toEqual([16, 13]);
    const longer = batchOf(
      Array.from({ length: 32 }, (_, row): [number, number] => (row % 8 === 0 ? [6, 7] : [3, 2])),
      6,
      7,
    );
    expect(packed(longer)!.ids.shape).toEqual([20, 13]);
    expect(packed(longer, 'forward')!.ids.shape).toEqual([24, 13]);
  });

  test('rows are packed where every response has its largest length, too, or nearly all have', () => {
    const all = packed(CUT)!;
    expect(all.ids.shape).toEqual([4, 13]);
    expect([all.stateRows.shape, all.stateColumns, all.columnStates]).toEqual([[24], undefined, undefined]);
    const nearly = batchOf(
      Array.from({ length: 8 }, (_, row) => [1 + (row % 3), row === 0 ? 2 : 3] as const),
      10,
      3,
    );
    expect(packed(nearly)!.ids.shape).toEqual([3, 13]);
    expect(packed(nearly)!.stateColumns).toBeUndefined();
  });

  test('what is full, or has padding within a row, stays as it is', () => {
    expect(
      packed(
        batchOf(
          [
            [6, 7],
            [6, 7],
          ],
          6,
          7,
        ),
      ),
    ).toBeNull();
    expect(
      packed(
        batchOf(
          [
            [6, 7],
            [6, 5],
            [5, 7],
            [6, 6],
          ],
          6,
          7,
        ),
      ),
    ).toBeNull();
    const holed = batchOf(
      [
        [3, 2],
        [3, 2],
        [3, 2],
        [3, 2],
      ],
      6,
      7,
    );
    expect(packed(holed)).not.toBeNull();
    holed.attentionMask.data[4] = 0;
    expect(packed(holed)).toBeNull();
  });

  test('a wanted state that is no token leaves the batch as it is', () => {
    const batch = batchOf(
      [
        [3, 2],
        [3, 2],
        [3, 2],
        [3, 2],
      ],
      6,
      7,
    );
    batch.responseMask.data[5] = 1;
    expect(packed(batch)).toBeNull();
  });
});

describe.each(runtimeKinds)('a packed batch, $kind', ({ start }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.dispose());

  type Loss = (weights: ModelWeights, given: TensorRecord) => Tensor;
  /** Loss and every gradient of the padded batch and of the packed one, and nothing left behind. */
  function expectSameGradients(prefix: string, loss: Loss, packedLoss = loss, batch = BATCH): void {
    const { columns: _, ...inputs } = batch;
    const names = runtime.variables.names(`${prefix}/`);
    const [plain, own] = [loss, packedLoss].map((by, index) =>
      runtime.compile(`${prefix} ${index}`, (variables, given) => {
        const result = valueAndGradients(variables, names, (weights) => ({
          loss: by(plainWeights(prefix)(weights), given),
          aux: {},
        }));
        return { loss: result.loss, ...result.gradients };
      }),
    );
    const wanted = plain!(inputs);
    const fewer: HostRecord = { ...inputs, ...packed(batch) };
    expect(leakOf(runtime, 2, () => expectCloseSteps(own!(fewer), wanted, RELATIVE))).toBe(0);
    const full = atFullSize(fewer)!;
    expect(full.ids!.shape).toEqual(batch.ids.shape);
    expect(full.stateRows!.shape).toEqual([batch.responseIds.data.length]);
    expectCloseSteps(own!(full), wanted, RELATIVE);
    expect(runtime.graphStatistics().fallbacks).toEqual([]);
    expect(names.length).toBeGreaterThan(10);
  }

  const policyLoss = (
    model: ReturnType<typeof loadLanguageModel>,
    beside: number,
    { columns }: Pick<Batch, 'columns'> = BATCH,
  ): Loss => {
    return (weights, given) => {
      const { hidden } = model.forward(weights, given as never, { columns, beside });
      const logits = model.logits(weights, hidden.reshape([-1, model.config.width]));
      const { responseIds, responseMask } = given as Record<string, Tensor>;
      const logprobs = labelLogprobs(logits, stateEntries(responseIds!, given));
      return tf.neg(maskedMean(byColumn(logprobs, given, responseIds!.shape), responseMask!));
    };
  };

  test.each(FAMILIES)('%s: log-probs and their gradients are those of the padded one', (family) => {
    const model = loadLanguageModel(runtime.variables, family, join(FIXTURES, family));
    expectSameGradients(family, policyLoss(model, 1));
  });

  test('responses of the largest length: log-probs and their gradients are those of the padded batch', () => {
    const model = loadLanguageModel(runtime.variables, 'cut', join(FIXTURES, 'llama-grouped'));
    const loss = policyLoss(model, 1, CUT);
    expectSameGradients('cut', loss, loss, CUT);
  });

  test.each(FAMILIES)('%s: the same in two halves beside each other', (family) => {
    const prefix = `${family}-halves`;
    const model = loadLanguageModel(runtime.variables, prefix, join(FIXTURES, family));
    expect(packed(BATCH)!.ids.shape[0]! % 2).toBe(0);
    expectSameGradients(prefix, policyLoss(model, 1), policyLoss(model, 2));
  });

  test('a critic: values of the response', () => {
    const model = loadValueModel(runtime.variables, 'critic', join(FIXTURES, 'gpt-neox-score'));
    expectSameGradients('critic', (weights, given) => {
      const values = model.responseValues(weights, given as never, given.responseIds!);
      return maskedMean(tf.square(tf.sub(values, 1)), given.responseMask!);
    });
  });

  test('a reward model scores each reply at its last token, as it does alone', () => {
    const model = loadValueModel(runtime.variables, 'reward', join(FIXTURES, 'gpt-neox-score'));
    const parts = {
      model,
      weightsOf: plainWeights('reward'),
      encode: (_: unknown, response: string) => response.split(' ').map(Number),
      padTokenId: 0,
      bucket: () => 12,
    };
    const replies = ['11 12 13', '14', '15 16 17 18 19 20 21', '22 23', '24 25 26 27', '28 29 30 31 32 33 34 35 36 37'];
    const prompts = replies.map(() => ({ prompt: '' }));
    const together = createModelReward(runtime, { ...parts, name: 'together', rows: 8 })(prompts, replies);
    const alone = createSequenceReward(runtime, 'alone', parts);
    replies.forEach((reply, index) => {
      const ids = parts.encode('', reply);
      const attentionMask = bool(
        ids.map(() => true),
        [1, ids.length],
      );
      const batch = { ids: int32(ids, [1, ids.length]), attentionMask, positions: positionsOf(attentionMask) };
      expect(together[index]).toBeCloseTo(alone(batch as never)[0]!, 5);
    });
    expect(new Set(together).size).toBe(replies.length);
  });
});
