import { expect, test } from 'vitest';
import { readDraftContent, writeDraft } from '../../../../../src-renderer/pages/new-run/drafts/draft-content.ts';

test('a draft comes back with its folder, and a config of its own kind is left alone', () => {
  const drafts = [
    { text: 'recipe: apa\n', baseFolder: null },
    { text: 'recipe: apa\nmodel: policy\n', baseFolder: '/data/"quoted" folder' },
    { text: '{"recipe": "apa"}', baseFolder: '/data' },
    { text: '{"keel_draft":1,', baseFolder: null },
    { text: '', baseFolder: null },
  ];
  expect(drafts.map(writeDraft).map(readDraftContent)).toEqual(drafts);
  expect(writeDraft(drafts[0]!)).toBe('recipe: apa\n');
});
