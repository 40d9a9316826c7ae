import type { DataRecord } from '../../records.ts';
import { CandidateIndex } from './candidate-index.ts';
import { ComparedTexts, type Comparing } from './compared-texts.ts';
import { JoinedSets } from './joined-sets.ts';
import { exactRecord, exactText, partsOf, type RecordParts, textKey } from './record-parts.ts';

/** A record that is an exact or near duplicate of another. */
export interface Repeat {
  readonly index: number;
  readonly duplicateOf: number;
  readonly kind: 'exact' | 'near';
}

export interface RecordGroup {
  /** The prompt of the group's first record in content order; its hash decides where the group goes. */
  readonly key: string;
  /** Record indices, ascending. */
  readonly members: readonly number[];
}

/** Records that are exact duplicates of an earlier one; they differ only in position. */
export function exactRepeats(parts: readonly RecordParts[]): Repeat[] {
  const firstOf = new Map<number, number[]>();
  const repeats: Repeat[] = [];
  parts.forEach((part, index) => {
    const text = exactRecord(part);
    const key = textKey(text);
    const known = firstOf.get(key) ?? [];
    const duplicateOf = known.find((other) => exactRecord(parts[other] as RecordParts) === text);
    if (duplicateOf !== undefined) repeats.push({ index, duplicateOf, kind: 'exact' });
    else firstOf.set(key, [...known, index]);
  });
  return repeats;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders records by content alone, so that the row order of a file has no influence. */
function orderByContent(parts: readonly RecordParts[], indices: readonly number[]): number[] {
  const textOf = (index: number) => exactRecord(parts[index] as RecordParts);
  const keys = new Map(indices.map((index) => [index, textKey(textOf(index))]));
  return [...indices].sort(
    (a, b) => (keys.get(a) as number) - (keys.get(b) as number) || compare(textOf(a), textOf(b)) || a - b,
  );
}

/** Records of one file, compared by what distinguishes them from the others. */
export class RecordComparison {
  private readonly parts: readonly RecordParts[];
  private readonly comparing: Comparing;
  private comparedPrompts: ComparedTexts | null = null;
  private comparedReplies: readonly ComparedTexts[] | null = null;

  constructor(records: readonly DataRecord[], comparing: Comparing = {}) {
    this.comparing = comparing;
    this.parts = records.map(partsOf);
  }

  /** Created on first use: the search for exact duplicates needs no word comparison. */
  private get prompts(): ComparedTexts {
    this.comparedPrompts ??= new ComparedTexts(
      this.parts.map(({ prompt }) => prompt),
      this.comparing,
    );
    return this.comparedPrompts;
  }

  /** First responses, second responses. */
  private get replies(): readonly ComparedTexts[] {
    const most = this.parts.reduce((count, { replies }) => Math.max(count, replies.length), 0);
    this.comparedReplies ??= Array.from(
      { length: most },
      (_, place) =>
        new ComparedTexts(
          this.parts.map(({ replies }) => replies[place] ?? ''),
          this.comparing,
        ),
    );
    return this.comparedReplies;
  }

  exactRepeats(): Repeat[] {
    return exactRepeats(this.parts);
  }

  /**
   * Those records in `indices` that are near duplicates of another in prompt and in each response, in content order.
   */
  nearRepeats(indices: readonly number[]): Repeat[] {
    const candidates = new CandidateIndex();
    const replaced = new Set<number>();
    return orderByContent(this.parts, indices).flatMap((index): Repeat[] => {
      const texts = [this.prompts, ...this.replies].map((compared) => compared.tellingShingles(index));
      const all = Uint32Array.from(texts.flatMap((shingles) => [...shingles]));
      const duplicateOf = candidates
        .add(index, all)
        .find((other) => !replaced.has(other) && this.areNear(index, other));
      if (duplicateOf === undefined) return [];
      replaced.add(index);
      return [{ index, duplicateOf, kind: 'near' }];
    });
  }

  /** Groups of records that share a prompt, or with `near` a nearly equal one. */
  groups(indices: readonly number[], near: boolean): RecordGroup[] {
    const order = orderByContent(this.parts, indices);
    const sets = new JoinedSets(order.length);
    const placeOfPrompt = new Map<string, number>();
    const candidates = new CandidateIndex();
    order.forEach((index, place) => {
      const prompt = exactText((this.parts[index] as RecordParts).prompt);
      const first = placeOfPrompt.get(prompt);
      if (first !== undefined) sets.join(place, first);
      else {
        placeOfPrompt.set(prompt, place);
        const others = near ? candidates.add(place, this.prompts.tellingShingles(index)) : [];
        for (const other of others) if (this.prompts.areNear(index, order[other] as number)) sets.join(place, other);
      }
    });
    const byRoot = Map.groupBy(order.keys(), (place) => sets.find(place));
    return [...byRoot].map(([root, places]) => ({
      key: exactText((this.parts[order[root] as number] as RecordParts).prompt),
      members: places.map((place) => order[place] as number).sort((a, b) => a - b),
    }));
  }

  private areNear(one: number, other: number): boolean {
    const [a, b] = [this.parts[one] as RecordParts, this.parts[other] as RecordParts];
    if (a.kind !== b.kind || a.replies.length !== b.replies.length) return false;
    return this.prompts.areNear(one, other) && this.replies.every((texts) => texts.areNear(one, other));
  }
}
