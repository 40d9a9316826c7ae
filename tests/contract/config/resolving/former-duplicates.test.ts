import { expect, test } from 'vitest';
import { resolveRecipeConfig } from '#contract/config/index.ts';

const withData = (data: object) => ({ recipe: 'sft', model: 'm', data: { files: ['a.jsonl'], ...data } });
const duplicatesOf = (data: object, overrides: readonly string[] = []) =>
  resolveRecipeConfig(withData(data), overrides).config.data.duplicates;

test('a config leaves out exact repeats alone unless it says otherwise', () => {
  expect([duplicatesOf({}), duplicatesOf({ duplicates: 'remove_near' })]).toEqual(['remove_exact', 'remove_near']);
});

test('the key of earlier configs becomes what was done then, and stays so when the resolved config is read again', () => {
  expect(duplicatesOf({ near_duplicates: 'remove' })).toBe('former_remove');
  expect(duplicatesOf({}, ['data.near_duplicates=keep'])).toBe('former_keep');
  const { file } = resolveRecipeConfig(withData({ near_duplicates: 'remove' }));
  expect(resolveRecipeConfig(file).file).toEqual(file);
});

test.each([
  ['another word under it', { near_duplicates: 'merge' }],
  ['both keys', { near_duplicates: 'remove', duplicates: 'keep' }],
])('%s is a fault', (_, data) => {
  expect(() => duplicatesOf(data)).toThrow(expect.objectContaining({ code: 'config_invalid' }));
});
