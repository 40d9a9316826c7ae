import type { DataRecord } from '../../records.ts';
import { CandidateIndex } from './candidate-index.ts';
import { ComparedTexts, type Comparing } from './compared-texts.ts';
import { exactText, partsOf } from './record-parts.ts';

/** Training records whose prompt (or text) is also held out: it would have been seen in training. */
export interface Overlap {
  /** Indices of those whose prompt equals a held-out one, ascending. */
  readonly exact: readonly number[];
  /** Indices of those whose prompt is only nearly equal to a held-out one, ascending. */
  readonly near: readonly number[];
}

/** Compares the prompts of training records with those of held-out ones. */
export function findOverlap(
  train: readonly DataRecord[],
  heldOut: readonly DataRecord[],
  comparing: Comparing = {},
): Overlap {
  const prompts = [...heldOut, ...train].map((record) => partsOf(record).prompt);
  const held = new Set(prompts.slice(0, heldOut.length).map(exactText));
  const texts = new ComparedTexts(prompts, comparing);
  const candidates = new CandidateIndex();
  for (let number = 0; number < heldOut.length; number++) candidates.add(number, texts.tellingShingles(number));
  const exact: number[] = [];
  const near: number[] = [];
  train.forEach((_, index) => {
    const number = heldOut.length + index;
    if (held.has(exactText(prompts[number] as string))) exact.push(index);
    else if (candidates.find(texts.tellingShingles(number)).some((other) => texts.areNear(number, other)))
      near.push(index);
  });
  return { exact, near };
}
