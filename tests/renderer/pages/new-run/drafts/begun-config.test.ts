import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { loadDataset } from '#engine/dataset/load-dataset.ts';
import type { DataRecord } from '#engine/records.ts';
import { LedgerTally } from '#engine/session/data/ledger-tally.ts';
import { comparisonsOf, demonstrationsOf, judgmentsOf, promptsOf } from '#engine/session/data/records-of.ts';
import {
  configForDataset,
  configWords,
  isTouched,
} from '../../../../../src-renderer/pages/new-run/drafts/begun-config.ts';
import { freshConfig } from '../../../../../src-renderer/pages/new-run/recipe-notes.ts';

/** Rows of every type, as the engine detects them, and the method that fits. */
const ROWS: readonly (readonly [row: object, recipe: string])[] = [
  [{ text: 'A text to go on with.' }, 'sft'],
  [{ prompt: 'Where is it?' }, 'apa'],
  [{ prompt: 'Where is it?', completion: 'Here.' }, 'sft'],
  [{ prompt: 'Late?', chosen: 'A little.', rejected: 'No.' }, 'reward-model'],
  [{ chosen: 'Hi there. Yes.', rejected: 'Hi there. No.' }, 'reward-model'],
  [{ prompt: 'Where is it?', completion: 'Here.', label: true }, 'kto'],
];
/** What the methods make of their records; throws for records that they have no use for. */
const USES: Readonly<Record<string, (records: readonly DataRecord[]) => readonly unknown[]>> = {
  sft: (records) => demonstrationsOf(records, new LedgerTally()),
  'reward-model': comparisonsOf,
  kto: judgmentsOf,
  apa: promptsOf,
};

test('every type of dataset goes to a method whose engine can use its rows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keel-types-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const seen = new Set<string>();
  for (const [row, recipe] of ROWS) {
    const path = join(folder, 'rows.jsonl');
    writeFileSync(path, `${JSON.stringify(row)}\n`);
    const { records, format } = await loadDataset(path);
    const summary = { type: format.type, form: format.form, good: 1, bad: 0 };
    expect(parse(configForDataset({ path, columns: {}, summary }, null))).toEqual({ recipe, data: { files: [path] } });
    expect(USES[recipe]!(records)).toHaveLength(1);
    seen.add(format.type);
  }
  expect(seen.size).toBe(6);
});

test('columns go along, and a path stays what it is', () => {
  const path = '/data/a: "strange" #name.jsonl';
  const columns = { prompt: 'Frage: 1', chosen: 'good' };
  const text = configForDataset(
    { path, columns, summary: { type: 'preference', form: 'standard', good: 1, bad: 0 } },
    null,
  );
  expect(parse(text)).toEqual({ recipe: 'reward-model', data: { files: [path], columns } });
});

test('what a form begins with is nothing that somebody wrote', () => {
  const fresh = ['apa', 'sft', 'pipeline'].map(freshConfig);
  expect([...fresh, '', '\n'].map(isTouched)).toEqual([false, false, false, false, false]);
  expect(['recipe: apa # mine\n', 'recipe: [', 'recipe: nothing\n'].map(isTouched)).toEqual([true, true, true]);
});

test('a draft is called by its name, else its file, else its model', () => {
  const texts = [
    'recipe: ppo\nname: mine\n',
    'recipe: apa\ndata: { files: [/a/b.jsonl] }\n',
    'recipe: sft\nmodel: a/b\n',
    'recipe: [',
  ];
  expect(texts.map(configWords)).toEqual([
    { recipe: 'ppo', of: 'mine' },
    { recipe: 'apa', of: 'b.jsonl' },
    { recipe: 'sft', of: 'b' },
    { recipe: null, of: '' },
  ]);
});
