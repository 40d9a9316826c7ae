import type { DataRecord } from '../../records.ts';
import { JoinedSets } from '../duplicates/joined-sets.ts';
import { hashText } from '../seeded-order.ts';
import { partsOf } from './former-parts.ts';
import { SimilarTexts } from './similar-texts.ts';

export interface RecordGroups {
  /**
   * Indices of the records that remain, in groups that share a prompt or nearly share one; each group has a key derived
   * from its content.
   */
  readonly groups: readonly { readonly key: string; readonly members: readonly number[] }[];
  /**
   * Indices of records that are near duplicates of another in prompt and responses, each with the record that is kept.
   */
  readonly removed: readonly { readonly index: number; readonly duplicateOf: number }[];
}

/** Orders texts by content alone, so that the row order of a file has no influence. */
function orderByContent(texts: readonly string[]): number[] {
  const keys = texts.map((text) => hashText(text, 0) * 2 ** 20 + (hashText(text, 1) >>> 12));
  const order = texts.map((_, index) => index);
  return order.sort(
    (a, b) => (keys[a] as number) - (keys[b] as number) || compare(texts[a] as string, texts[b] as string),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Groups records by prompt and finds near duplicates: records whose prompts and whose responses share 0.8 of their
 * three-word runs. The result depends on the set of records, not on their order.
 */
export function groupRecords(records: readonly DataRecord[]): RecordGroups {
  const parts = records.map(partsOf);
  const order = orderByContent(parts.map(({ prompt, replies }) => `${prompt}\n${replies}`));
  const prompts = new SimilarTexts();
  const replies = new SimilarTexts();
  const sets = new JoinedSets(order.length);
  const replaced = new Map<number, number>();
  order.forEach((index, place) => {
    const { prompt, replies: reply } = parts[index] as { prompt: string; replies: string };
    const samePrompt = prompts.add(prompt);
    const sameReply = new Set(replies.add(reply));
    for (const other of samePrompt) sets.join(place, other);
    const twin = samePrompt.find((other) => sameReply.has(other) && !replaced.has(other));
    if (twin !== undefined) replaced.set(place, twin);
  });
  const members = new Map<number, number[]>();
  for (const place of order.keys()) {
    if (replaced.has(place)) continue;
    const root = sets.find(place);
    members.set(root, [...(members.get(root) ?? []), place]);
  }
  return {
    groups: [...members.values()].map((places) => ({
      key: parts[order[places[0] as number] as number]?.prompt ?? '',
      members: places.map((place) => order[place] as number).sort((a, b) => a - b),
    })),
    removed: [...replaced].map(([place, twin]) => ({
      index: order[place] as number,
      duplicateOf: order[twin] as number,
    })),
  };
}
