import { expect, test } from 'vitest';
import { resolveRecipeConfig } from '#contract/config/index.ts';

const selectionOf = (data: object) => resolveRecipeConfig({ recipe: 'sft', model: 'm', data }).config.data.rowSelection;
const { file } = resolveRecipeConfig({ recipe: 'sft', model: 'm', data: { files: ['a.jsonl'], max_records: 4 } });
const { row_selection: own, ...former } = file.data as Record<string, unknown>;

test('the resolved config of an earlier run goes on with the rows that it started with', () => {
  expect(own).toBe('trainable');
  expect(selectionOf(former)).toBe('former');
  const { duplicates: _, ...before } = former;
  expect(selectionOf({ ...before, near_duplicates: 'remove' })).toBe('former');
});

test('a config that leaves fields out, or names the selection, is not one of them', () => {
  const { max_length: _, ...handwritten } = former;
  expect(selectionOf(handwritten)).toBe('trainable');
  expect(selectionOf({ ...former, row_selection: 'trainable' })).toBe('trainable');
});
