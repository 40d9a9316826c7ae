import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepWorstPairs } from '#engine/session/supervised/keep-worst-pairs.ts';

test('the worst pairs are kept in their order with texts, scores and where they stand', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keel-worst-'));
  const pair = (line: number, chosen: string) => ({
    record: { kind: 'comparison' as const, prompt: 'p', chosen, rejected: 'r', origin: { file: 'a.jsonl', line } },
  });
  const talk = [{ role: 'assistant', content: 'hello' }];
  const told = { record: { ...pair(3, '').record, prompt: [{ role: 'user', content: 'hi' }], chosen: talk } };
  const judged = [1, -2, -3].map((margin) => ({
    chosenScore: margin,
    rejectedScore: 0,
    chosenLength: 4,
    rejectedLength: 5,
  }));
  keepWorstPairs(folder, { worst: [2, 1] }, [pair(1, 'a'), pair(2, 'x'.repeat(30_000)), told], judged);
  const rows = JSON.parse(readFileSync(join(folder, 'certificate', 'worst-pairs.json'), 'utf8'));
  expect(readdirSync(join(folder, 'certificate'))).toEqual(['worst-pairs.json']);
  expect(rows.map((row: { line: number }) => row.line)).toEqual([3, 2]);
  expect(rows[0]).toEqual({
    prompt: 'user: hi',
    chosen: 'assistant: hello',
    rejected: 'r',
    ...judged[2],
    file: 'a.jsonl',
    line: 3,
  });
  expect(rows[1].chosen).toHaveLength(20_000);
});
