import type { Rollout } from '../records.ts';
import { type BoolHost, bool, type FloatHost, float32, type IntHost, int32 } from '../runtime/host-tensor.ts';

function stack<D extends Float32Array | Int32Array | Uint8Array>(parts: readonly D[], result: D): D {
  let offset = 0;
  for (const part of parts) {
    result.set(part as never, offset);
    offset += part.length;
  }
  return result;
}

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

function stackFloat(parts: readonly FloatHost[]): FloatHost {
  const total = parts.reduce((sum, part) => sum + part.data.length, 0);
  const rows = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  return float32(
    stack(
      parts.map((part) => part.data),
      new Float32Array(total),
    ),
    [rows, ...parts[0]!.shape.slice(1)],
  );
}

function stackOptional(parts: readonly (FloatHost | null)[]): FloatHost | null {
  return parts.every((part) => part !== null) ? stackFloat(parts) : null;
}

/** Joins chunks of one collection to one rollout; prompts are widened on the left to the longest of them. */
export function joinRollouts(chunks: readonly Rollout[], padTokenId: number): Rollout {
  const q = Math.max(...chunks.map((chunk) => chunk.promptIds.shape[1]!));
  const wide = chunks.map((chunk) => widen(chunk, q, padTokenId));
  const rows = wide.reduce((sum, chunk) => sum + chunk.promptIds.shape[0]!, 0);
  const r = wide[0]!.responseIds.shape[1]!;
  const ints = (pick: (chunk: Rollout) => IntHost, width: number) =>
    int32(
      stack(
        wide.map((chunk) => pick(chunk).data),
        new Int32Array(rows * width),
      ),
      [rows, width],
    );
  const bools = (pick: (chunk: Rollout) => BoolHost, width: number) =>
    bool(
      stack(
        wide.map((chunk) => pick(chunk).data),
        new Uint8Array(rows * width),
      ),
      [rows, width],
    );
  return {
    promptIds: ints((chunk) => chunk.promptIds, q),
    promptMask: bools((chunk) => chunk.promptMask, q),
    responseIds: ints((chunk) => chunk.responseIds, r),
    responseMask: bools((chunk) => chunk.responseMask, r),
    samplingLogprobs: stackFloat(wide.map((chunk) => chunk.samplingLogprobs)),
    oldLogprobs: stackFloat(wide.map((chunk) => chunk.oldLogprobs)),
    refLogprobs: stackFloat(wide.map((chunk) => chunk.refLogprobs)),
    exactKl: stackOptional(wide.map((chunk) => chunk.exactKl)),
    entropy: stackOptional(wide.map((chunk) => chunk.entropy)),
    values: stackFloat(wide.map((chunk) => chunk.values)),
    endedByStop: wide.flatMap((chunk) => chunk.endedByStop),
    prompts: wide.flatMap((chunk) => chunk.prompts),
    responses: wide.flatMap((chunk) => chunk.responses),
  };
}
