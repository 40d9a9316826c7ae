import { type PackedUse, packInputs } from '../../model/layout/pack-inputs.ts';
import type { TokenRow, UpdateReport } from '../../records.ts';
import { positionsOf } from '../../rollout/sequence-inputs.ts';
import { bool, float32, type HostTensor, int32 } from '../../runtime/host-tensor.ts';
import type { HostRecord } from '../../runtime/types.ts';
import { bucketLength, padRows } from '../../tokenizer/rows/pad-rows.ts';
import { failpoint } from '../checkpoint/failpoint.ts';

/** Updates of a run: the given number of passes over the rows, or fewer. */
export function totalSteps(
  training: { readonly epochs: number; readonly maxSteps: number | null; readonly batchSize: number },
  rows: number,
): number {
  const passes = Math.max(1, Math.ceil((training.epochs * rows) / training.batchSize));
  return Math.min(training.maxSteps ?? passes, passes);
}

/**
 * Inputs of a next-token step for at most `batchSize` rows: ids, attentionMask and positions [b, t], and labels and
 * trainedMask [b, t] shifted by one, so that entry t is about token t + 1. Packed if there is enough padding.
 */
export function nextTokenInputs(
  rows: readonly TokenRow[],
  batchSize: number,
  padTokenId: number,
  maxLength: number,
  use: PackedUse,
): HostRecord {
  const length = bucketLength(Math.max(...rows.map((row) => row.ids.length)), maxLength);
  const { ids, attentionMask, trainedMask } = padRows(rows, { padTokenId, side: 'right', length, rows: batchSize });
  const labels = new Int32Array(ids.data.length);
  const trained = new Uint8Array(ids.data.length);
  for (let row = 0; row < batchSize; row++) {
    const start = row * length;
    labels.set(ids.data.subarray(start + 1, start + length), start);
    trained.set(trainedMask.data.subarray(start + 1, start + length), start);
  }
  return {
    ids,
    attentionMask,
    positions: positionsOf(attentionMask),
    labels: int32(labels, ids.shape),
    trainedMask: bool(trained, ids.shape),
    ...packInputs({
      ids,
      attentionMask,
      columns: { from: 0, count: length },
      stateMask: bool(trained, ids.shape),
      use,
    }),
  };
}

/** Number of true entries of a bool array. */
function countTrue({ data }: HostTensor): number {
  let count = 0;
  for (const value of data) count += value;
  return count;
}

/** Inputs of a step on a part of a batch; for some methods, they depend on the whole batch. */
type InputsOf<Row> = (part: readonly Row[], use: PackedUse, batch: readonly Row[]) => HostRecord;

/** Rows per batch, and rows that are computed at once. */
export interface BatchSizes {
  readonly batchSize: number;
  readonly microBatch: number;
}

/** A batch as parts of at most `size` rows, and the number of true entries in all of them. */
function splitBatch<Row>(
  rows: readonly Row[],
  size: number,
  entriesKey: string,
  inputsOf: (part: readonly Row[]) => HostRecord,
): { readonly parts: readonly HostRecord[]; readonly entries: number } {
  const parts = Array.from({ length: Math.ceil(rows.length / size) }, (_, part) =>
    inputsOf(rows.slice(part * size, (part + 1) * size)),
  );
  return { parts, entries: parts.reduce((sum, part) => sum + countTrue(part[entriesKey]!), 0) };
}

const withEntries = (parts: readonly HostRecord[], entries: number): readonly HostRecord[] =>
  parts.map((part) => ({ ...part, entries: float32([entries], []) }));

/**
 * Means of an evaluation's values over all rows, each batch weighted by the number of entries in its loss. Regardless
 * of how many rows are computed at once, a batch has the size of a training batch.
 * @param entriesKey the input over whose true entries the loss is averaged: `trainedMask`, `pairMask`, or `rowMask`.
 */
export function evaluateRows<Row>(
  rows: readonly Row[],
  { batchSize, microBatch }: BatchSizes,
  entriesKey: string,
  inputsOf: InputsOf<Row>,
  evaluate: (parts: readonly HostRecord[]) => UpdateReport,
): UpdateReport {
  const sums: Record<string, number> = {};
  let total = 0;
  for (let start = 0; start < rows.length; start += batchSize) {
    const batch = rows.slice(start, start + batchSize);
    const { parts, entries } = splitBatch(batch, microBatch, entriesKey, (part) => inputsOf(part, 'forward', batch));
    total += entries;
    const report = evaluate(withEntries(parts, Math.max(entries, 1)));
    for (const [key, value] of Object.entries(report)) sums[key] = (sums[key] ?? 0) + value * entries;
  }
  return Object.fromEntries(Object.entries(sums).map(([key, sum]) => [key, sum / total]));
}

/**
 * One batch as parts of at most `size` rows, each with the entry count of the whole batch; their gradients are summed.
 * @param entriesKey as in {@link evaluateRows}.
 */
export function batchParts<Row>(
  rows: readonly Row[],
  size: number,
  entriesKey: string,
  inputsOf: InputsOf<Row>,
): readonly HostRecord[] {
  const { parts, entries } = splitBatch(rows, size, entriesKey, (part) => inputsOf(part, 'update', rows));
  return withEntries(parts, failpoint('step.before_update') ? Number.NaN : Math.max(entries, 1));
}
