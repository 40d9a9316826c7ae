import { describe, expect, it } from 'vitest';
import { SimilarTexts } from '#engine/dataset/former-duplicates/similar-texts.ts';

describe('near-duplicates by the measure of earlier versions', () => {
  const text = Array.from({ length: 60 }, (_, index) => `word${index * index}`).join(' ');

  it('are found by meaning-free changes and small edits', () => {
    const index = new SimilarTexts();
    index.add(text);
    expect(index.add(text.toUpperCase().replaceAll(' ', ',\n '))).toEqual([0]);
    expect(index.add(text.replace('word900', 'other'))).toEqual([0, 1]);
  });

  it('do not include texts that share half, or nothing', () => {
    const index = new SimilarTexts();
    index.add(text);
    expect(index.add(text.split(' ').slice(0, 30).join(' '))).toEqual([]);
    expect(index.add('')).toEqual([]);
    expect(index.add('?!')).toEqual([2]);
  });

  it('do not get slow when a million rows are the same', () => {
    const index = new SimilarTexts();
    for (let row = 0; row < 2000; row++) expect(index.add('the very same text').length).toBeLessThanOrEqual(16);
  });
});
