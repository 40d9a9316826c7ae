import type { DataRecord } from '../../records.ts';
import { partsOf } from './former-parts.ts';
import { SimilarTexts } from './similar-texts.ts';

/**
 * Indices of training records whose prompt (or text) is a near duplicate of one of the held-out records': it would have
 * been seen in training. Texts that share 0.8 of their three-word runs count as the same.
 */
export function findFormerOverlap(train: readonly DataRecord[], heldOut: readonly DataRecord[]): readonly number[] {
  const texts = new SimilarTexts();
  for (const record of heldOut) texts.add(partsOf(record).prompt);
  return train.flatMap((record, index) => (texts.find(partsOf(record).prompt).length > 0 ? [index] : []));
}
