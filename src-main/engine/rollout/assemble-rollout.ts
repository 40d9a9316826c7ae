import type { Rollout } from '../records.ts';
import { bool, type FloatHost, int32 } from '../runtime/host-tensor.ts';
import { stackRows } from '../runtime/stack-rows.ts';

function padLeft<D extends Int32Array | Uint8Array>(data: D, from: number, to: number, result: D): D {
  const rows = data.length / from;
  for (let row = 0; row < rows; row++) {
    result.set(data.subarray(row * from, (row + 1) * from) as never, row * to + to - from);
  }
  return result;
}

function widen(rollout: Rollout, length: number, padTokenId: number): Rollout {
  const [rows, from] = rollout.promptIds.shape as [number, number];
  if (from === length) return rollout;
  const ids = padLeft(rollout.promptIds.data, from, length, new Int32Array(rows * length).fill(padTokenId));
  const real = padLeft(rollout.promptMask.data, from, length, new Uint8Array(rows * length));
  return { ...rollout, promptIds: int32(ids, [rows, length]), promptMask: bool(real, [rows, length]) };
}

function stackOptional(parts: readonly (FloatHost | null)[]): FloatHost | null {
  return parts.every((part) => part !== null) ? stackRows(parts) : null;
}

/** Joins chunks of one collection to one rollout; prompts are widened on the left to the longest of them. */
export function joinRollouts(chunks: readonly Rollout[], padTokenId: number): Rollout {
  const q = Math.max(...chunks.map((chunk) => chunk.promptIds.shape[1]!));
  const wide = chunks.map((chunk) => widen(chunk, q, padTokenId));
  return {
    promptIds: stackRows(wide.map((chunk) => chunk.promptIds)),
    promptMask: stackRows(wide.map((chunk) => chunk.promptMask)),
    responseIds: stackRows(wide.map((chunk) => chunk.responseIds)),
    responseMask: stackRows(wide.map((chunk) => chunk.responseMask)),
    samplingLogprobs: stackRows(wide.map((chunk) => chunk.samplingLogprobs)),
    oldLogprobs: stackRows(wide.map((chunk) => chunk.oldLogprobs)),
    refLogprobs: stackRows(wide.map((chunk) => chunk.refLogprobs)),
    exactKl: stackOptional(wide.map((chunk) => chunk.exactKl)),
    entropy: stackOptional(wide.map((chunk) => chunk.entropy)),
    values: stackOptional(wide.map((chunk) => chunk.values)),
    endedByStop: wide.flatMap((chunk) => chunk.endedByStop),
    prompts: wide.flatMap((chunk) => chunk.prompts),
    responses: wide.flatMap((chunk) => chunk.responses),
  };
}
