import type { GeneratedPart } from '#contract/api/jobs.ts';
import { type CutResponse, type CutRules, cutResponse } from '../../rollout/cut-response.ts';
import type { BlockGenerator, GenerationBlock } from '../../rollout/generate-blocks.ts';
import { createGrowingText, type GrowingText } from '../../tokenizer/growing-text.ts';
import { type TokenKind, tokenKinds } from '../../tokenizer/rows/token-kinds.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';

/** A row of a batch that is still being generated. */
interface OpenRow {
  readonly row: number;
  readonly growing: GrowingText;
  sent: GeneratedPart['sent'];
  told: number;
  hasEnded: boolean;
}

/**
 * The exact text that a prompt's ids represent, also in pieces, and whether a chat template produced it. The pieces are
 * cut from the whole text: a decoder may strip the blank at the start of a piece that is decoded alone.
 */
export function sentText(
  tokenizer: Tokenizer,
  { ids, isChat }: { readonly ids: readonly number[]; readonly isChat: boolean },
): GeneratedPart['sent'] {
  const text = tokenizer.decode(ids);
  const kinds = tokenKinds(tokenizer, ids);
  const starts = kinds.flatMap((kind, index) => (kind === 'special' || kind !== kinds[index - 1] ? [index] : []));
  let done = 0;
  const pieces = starts.flatMap((start, index) => {
    const before = tokenizer.decode(ids.slice(0, starts[index + 1] ?? ids.length));
    // A character that is incomplete here belongs to the next piece.
    if (!text.startsWith(before) || before.length <= done) return [];
    const piece = { text: text.slice(done, before.length), kind: kinds[start] as TokenKind };
    done = before.length;
    return [piece];
  });
  return { text, tokens: ids.length, chatTemplate: isChat, pieces };
}

function partOf(open: OpenRow, block: GenerationBlock, place: number, cut: CutResponse): GeneratedPart {
  const width = block.ids.shape[1] as number;
  const fresh = cut.ids.slice(open.told);
  const tokens = fresh.map((id, index) => {
    const logprob = block.logprobs.data[place * width + open.told + index]!;
    return { id, text: open.growing.add(id), logprob };
  });
  open.told = Math.max(open.told, cut.ids.length);
  open.hasEnded = cut.endedByStop || block.isLast;
  const end = cut.endedByStop ? ('stop' as const) : block.isLast ? ('length' as const) : null;
  const part = { row: open.row, sent: open.sent, tokens, text: cut.text, end };
  open.sent = null;
  return part;
}

/**
 * Generates the responses of one batch block by block and reports the new tokens of each block. Ends when every row has
 * ended: by a stop token, a stop string or its length.
 * @param indices positions of the batch's rows in the input.
 */
export async function answerInParts(
  blocks: ReturnType<BlockGenerator>,
  indices: readonly number[],
  sent: readonly GeneratedPart['sent'][],
  rules: CutRules & { readonly tokenizer: Tokenizer },
  tell: (parts: GeneratedPart[]) => void,
): Promise<void> {
  const open = indices.map((row, place): OpenRow => {
    return { row, growing: createGrowingText(rules.tokenizer), sent: sent[place]!, told: 0, hasEnded: false };
  });
  for (const block of blocks) {
    const width = block.ids.shape[1] as number;
    const parts = open.flatMap((row, place) => {
      if (row.hasEnded) return [];
      const own = Array.from(block.ids.data.subarray(place * width, place * width + block.lengths.data[place]!));
      return [partOf(row, block, place, cutResponse(own, rules))];
    });
    tell(parts);
    if (open.every((row) => row.hasEnded)) return;
    // Reports leave the process only when its event loop turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
