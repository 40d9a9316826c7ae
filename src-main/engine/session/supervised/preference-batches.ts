import type { LanguageModel } from '../../model/language-model.ts';
import type { PackedUse } from '../../model/layout/pack-inputs.ts';
import type { TokenRow } from '../../records.ts';
import { bool, float32 } from '../../runtime/host-tensor.ts';
import type { HostRecord } from '../../runtime/types.ts';
import type { ComparisonRows } from '../../tokenizer/rows/token-rows.ts';
import type { RecipeContext } from '../context.ts';
import type { OpenedModel } from '../open-models.ts';
import { type ReferencePass, referenceLogprobs } from './reference-logprobs.ts';
import { nextTokenInputs } from './supervised-batches.ts';

/** A pair of rows and their log-probs under the reference. */
export interface ReferredPair {
  readonly chosen: TokenRow;
  readonly rejected: TokenRow;
  readonly refChosen: number;
  readonly refRejected: number;
}

/** Training and held-out pairs. */
interface Pairs<Pair> {
  readonly train: readonly Pair[];
  readonly heldOut: readonly Pair[];
}

/**
 * Pairs with the log-probs of their responses under the reference; see {@link referenceLogprobs}, which is called.
 * @param visited indices of the training pairs that the run uses; the others get NaN.
 */
export async function referPairs(
  context: RecipeContext<unknown>,
  policy: OpenedModel<LanguageModel>,
  { train, heldOut }: Pairs<ComparisonRows>,
  visited: readonly number[],
  pass: ReferencePass,
): Promise<Pairs<ReferredPair>> {
  const all = [...train, ...heldOut];
  const rows = all.flatMap(({ chosen, rejected }) => [chosen.row, rejected.row]);
  const used = [...visited, ...heldOut.map((_, index) => train.length + index)];
  const wanted = used.flatMap((index) => [2 * index, 2 * index + 1]);
  const logprobs = await referenceLogprobs(context, policy, rows, wanted, pass);
  const referred = all.map(({ chosen, rejected }, index) => ({
    chosen: chosen.row,
    rejected: rejected.row,
    refChosen: logprobs[2 * index]!,
    refRejected: logprobs[2 * index + 1]!,
  }));
  return { train: referred.slice(0, train.length), heldOut: referred.slice(train.length) };
}

interface PreferenceBatch {
  /** Pairs per batch; missing ones are filled up. */
  readonly size: number;
  readonly padTokenId: number;
  readonly maxLength: number;
}

/**
 * Inputs of a step on at most n pairs, the chosen rows first: those of a next-token step with 2n rows, refLogprobs [2n],
 * and pairMask [n], true on real pairs.
 */
export function preferenceInputs(
  pairs: readonly ReferredPair[],
  use: PackedUse,
  { size: n, padTokenId, maxLength }: PreferenceBatch,
): HostRecord {
  const filler: TokenRow = { ids: [padTokenId], trained: [false] };
  const side = (name: 'chosen' | 'rejected') => Array.from({ length: n }, (_, at) => pairs[at]?.[name] ?? filler);
  const ofReference = (name: 'refChosen' | 'refRejected') =>
    Array.from({ length: n }, (_, at) => pairs[at]?.[name] ?? 0);
  return {
    ...nextTokenInputs([...side('chosen'), ...side('rejected')], 2 * n, padTokenId, maxLength, use),
    refLogprobs: float32([...ofReference('refChosen'), ...ofReference('refRejected')], [2 * n]),
    pairMask: bool(
      Array.from({ length: n }, (_, at) => at < pairs.length),
      [n],
    ),
  };
}
