import { expect, test } from 'vitest';
import type { DatasetReport } from '#contract/api/library/datasets.ts';
import { readReport, upsertReport } from '../../../src-main/store/queries/dataset-reports.ts';
import { openMemoryStore } from '../../support/memory-store.ts';

const report = (contentHash: string): DatasetReport => ({
  file: '/a.jsonl',
  bytes: 2,
  contentHash,
  format: { fileKind: 'jsonl', gzip: false, type: 'prompt_only', form: 'standard', rawDialogs: false, columns: {} },
  trainsOn: 'nothing',
  rows: { total: 1, good: 1, bad: 0, reasons: [], firstBad: [] },
  shorterChosen: null,
  tokens: null,
  duplicates: { exact: 0, examinedExact: 1, near: 0, examinedNear: 1, repeatedPrompts: 0, nearPairs: [] },
  examples: [],
  notes: [],
  findings: [],
});

test('a report is found by its content and its settings, and replaced by a newer one', () => {
  const { write, read } = openMemoryStore();
  upsertReport(write, 'plain', report('sha256:a'), 1);
  upsertReport(write, 'plain', { ...report('sha256:a'), bytes: 3 }, 2);
  expect(readReport(read, 'sha256:a', 'plain')).toEqual({ report: { ...report('sha256:a'), bytes: 3 }, at: 2 });
  expect(readReport(read, 'sha256:a', 'other')).toBeNull();
  expect(readReport(read, 'sha256:b', 'plain')).toBeNull();
});

test('a report that an older Keel has written differently is made again', () => {
  const { write, read } = openMemoryStore();
  write.exec(`INSERT INTO dataset_reports VALUES ('sha256:a', 'plain', '{"rows":3}', 1)`);
  expect(readReport(read, 'sha256:a', 'plain')).toBeNull();
});

test('only the newest are kept', () => {
  const { write, read } = openMemoryStore();
  for (let at = 0; at < 510; at++) upsertReport(write, `settings ${at}`, report('sha256:a'), at);
  expect(write.prepare('SELECT count(*) FROM dataset_reports').pluck().get()).toBe(500);
  expect(readReport(read, 'sha256:a', 'settings 9')).toBeNull();
  expect(readReport(read, 'sha256:a', 'settings 10')).not.toBeNull();
});
