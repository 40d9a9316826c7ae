import type { LanguageModel } from '../../model/language-model.ts';
import type { PackedUse } from '../../model/layout/pack-inputs.ts';
import type { PlacedModel } from '../../model/weights.ts';
import type { TokenRow } from '../../records.ts';
import { bool, float32 } from '../../runtime/host-tensor.ts';
import type { HostRecord, Runtime } from '../../runtime/types.ts';
import type { Side } from '../../tokenizer/rows/fit-row.ts';
import type { RecipeContext } from '../context.ts';
import type { JudgedRow } from '../data/training-rows.ts';
import type { OpenedModel } from '../open-models.ts';
import { createLogpsPass, type ReferencePass, referenceLogprobs } from './reference-logprobs.ts';
import { nextTokenInputs } from './supervised-batches.ts';

/** A judged row, and the same prompt with another response, with their log-probs under the reference. */
export interface ReferredJudgment {
  readonly row: TokenRow;
  readonly desired: boolean;
  readonly ref: number;
  /** The prompt with the response of another record, for the estimate of the KL. */
  readonly mismatched: TokenRow;
  readonly refMismatched: number;
}

const promptOf = ({ row, promptLength }: JudgedRow) => row.ids.slice(0, promptLength);

/**
 * Each row's prompt with the response of the nearest row before it that has another prompt, as in TRL; the first rows
 * take those of the last ones. A row that becomes too long loses its end, or with `left` the beginning of its prompt.
 */
export function mismatchedRows(
  rows: readonly JudgedRow[],
  { maxLength, side }: { readonly maxLength: number; readonly side: Side },
): readonly TokenRow[] {
  const keys = rows.map((row) => promptOf(row).join());
  let other = rows.length - 1;
  return rows.map((row, index) => {
    if (index > 0 && keys[index] !== keys[index - 1]) other = index - 1;
    else if (index === 0)
      other = Math.max(
        0,
        keys.findLastIndex((key) => key !== keys[0]),
      );
    const reply = rows[other]!;
    const [prompt, response] = [promptOf(row), reply.row.ids.slice(reply.promptLength)];
    const excess = Math.max(0, prompt.length + response.length - maxLength);
    const head = side === 'left' ? prompt.slice(Math.min(excess, prompt.length - 1)) : prompt;
    const ids = [...head, ...response].slice(0, maxLength);
    return { ids, trained: ids.map((_, at) => at >= head.length) };
  });
}

/** Training and held-out rows. */
interface Parts<Row> {
  readonly train: readonly Row[];
  readonly heldOut: readonly Row[];
}

/** How the KL is estimated; null if the loss uses none. */
type Mismatch = { readonly maxLength: number; readonly side: Side } | null;

/**
 * Judged rows with mismatched ones and the log-probs of both under the reference; see {@link referenceLogprobs}, which
 * is called.
 * @param visited indices of the training rows that the run uses; the others get NaN.
 */
export async function referJudgments(
  context: RecipeContext<unknown>,
  policy: OpenedModel<LanguageModel>,
  { train, heldOut }: Parts<JudgedRow>,
  visited: readonly number[],
  { mismatch, ...pass }: ReferencePass & { readonly mismatch: Mismatch },
): Promise<Parts<ReferredJudgment>> {
  const all = [...train, ...heldOut];
  const others = mismatch ? [train, heldOut].flatMap((part) => mismatchedRows(part, mismatch)) : [];
  const used = [...visited, ...heldOut.map((_, index) => train.length + index)];
  const wanted = [...used, ...(mismatch ? used.map((index) => all.length + index) : [])];
  const rows = [...all.map(({ row }) => row), ...others];
  const logprobs = await referenceLogprobs(context, policy, rows, wanted, pass);
  const referred = all.map(({ row, label }, index) => ({
    ...{ row, desired: label, ref: logprobs[index]! },
    mismatched: others[index] ?? row,
    refMismatched: logprobs[all.length + index] ?? Number.NaN,
  }));
  return { train: referred.slice(0, train.length), heldOut: referred.slice(train.length) };
}

interface JudgmentBatch {
  /** Rows per part; missing ones are filled up. */
  readonly size: number;
  readonly padTokenId: number;
  readonly maxLength: number;
}

/**
 * z of a batch: mean of log π_θ - log π_ref over its mismatched rows, at least 0. Computed once for a batch, whose parts
 * share it.
 */
export function createKlEstimate(runtime: Runtime, policy: PlacedModel<LanguageModel>, batch: JudgmentBatch) {
  const logpsOf = createLogpsPass(runtime, 'kl', policy, batch);
  const estimate = (rows: readonly ReferredJudgment[]): number => {
    let sum = 0;
    for (let start = 0; start < rows.length; start += batch.size) {
      const part = rows.slice(start, start + batch.size);
      const logps = logpsOf(part.map(({ mismatched }) => mismatched));
      for (const [index, { refMismatched }] of part.entries()) sum += logps[index]! - refMismatched;
    }
    return Math.max(0, sum / rows.length);
  };
  let last: { readonly rows: readonly ReferredJudgment[]; readonly kl: number } | null = null;
  return (rows: readonly ReferredJudgment[]): number => {
    if (last?.rows !== rows) last = { rows, kl: estimate(rows) };
    return last.kl;
  };
}

/**
 * Inputs of a step on at most b judged rows: those of a next-token step, and refLogprobs, desiredMask, rowMask [b] and kl
 * [].
 */
export function judgmentInputs(
  rows: readonly ReferredJudgment[],
  use: PackedUse,
  kl: number,
  { size: b, padTokenId, maxLength }: JudgmentBatch,
): HostRecord {
  const filled = Array.from({ length: b }, (_, at) => rows[at]);
  return {
    ...nextTokenInputs(
      rows.map(({ row }) => row),
      b,
      padTokenId,
      maxLength,
      use,
    ),
    refLogprobs: float32(
      filled.map((row) => row?.ref ?? 0),
      [b],
    ),
    desiredMask: bool(
      filled.map((row) => row?.desired ?? false),
      [b],
    ),
    rowMask: bool(
      filled.map((row) => row !== undefined),
      [b],
    ),
    kl: float32([kl], []),
  };
}
