import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { positionsOf } from '#engine/rollout/sequence-inputs.ts';
import { bool, int32 } from '#engine/runtime/host-tensor.ts';

/** Random models saved by transformers, with what it computes; made by tests/golden/make_models.py. */
export const GOLDEN_MODELS = join(import.meta.dirname, '../fixtures/models');

interface Golden {
  readonly ids: readonly (readonly number[])[];
  readonly attention_mask: readonly (readonly number[])[];
  readonly greedy?: readonly (readonly number[])[];
  readonly scores?: readonly number[];
}

/** golden.json of a model, and its left-padded batch. */
export function goldenBatch(name: string) {
  const golden = JSON.parse(readFileSync(join(GOLDEN_MODELS, name, 'golden.json'), 'utf8')) as Golden;
  const shape = [golden.ids.length, golden.ids[0]?.length ?? 0];
  const attentionMask = bool(Uint8Array.from(golden.attention_mask.flat()), shape);
  const ids = int32(golden.ids.flat(), shape);
  return { golden, batch: { ids, attentionMask, positions: positionsOf(attentionMask) } };
}
