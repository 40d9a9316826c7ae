import { expect, test } from 'vitest';
import { deleteDraft, listDrafts, readDraft, upsertDraft } from '../../../src-main/store/queries/drafts.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

test('a draft is what was saved last, until it is removed', () => {
  const { write } = openMemoryStore();
  expect(readDraft(write, 'new-run')).toBeNull();
  upsertDraft(write, 'new-run', { text: 'recipe: apa\n', updatedAt: 1 });
  upsertDraft(write, 'new-run', { text: 'recipe: ppo\n', updatedAt: 2 });
  upsertDraft(write, 'other', { text: '', updatedAt: 3 });
  expect(readDraft(write, 'new-run')).toEqual({ text: 'recipe: ppo\n', updatedAt: 2 });
  deleteDraft(write, 'new-run');
  expect(readDraft(write, 'new-run')).toBeNull();
  expect(readDraft(write, 'other')).toEqual({ text: '', updatedAt: 3 });
});

test('drafts of a form are listed by the beginning of their names, the newest first', () => {
  const { write } = openMemoryStore();
  for (const [name, updatedAt] of [
    ['run-a', 1],
    ['run_b', 2],
    ['run-c', 3],
    ['rung', 4],
  ] as const)
    upsertDraft(write, name, { text: name, updatedAt });
  expect(listDrafts(write, 'run-')).toEqual([
    { name: 'run-c', text: 'run-c', updatedAt: 3 },
    { name: 'run-a', text: 'run-a', updatedAt: 1 },
  ]);
});
