import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createInputLedger } from '#engine/session/input-ledger.ts';

it('refuses other content of a file when a run goes on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  const first = createInputLedger(folder);
  first({ role: 'data', path: 'a.jsonl', sha256: 'one' });
  first({ role: 'held_out', path: 'a.jsonl', sha256: 'two' });
  const resumed = createInputLedger(folder);
  resumed({ role: 'data', path: 'a.jsonl', sha256: 'one' });
  resumed({ role: 'data', path: '__proto__', sha256: 'three' });
  expect(() => resumed({ role: 'held_out', path: 'a.jsonl', sha256: 'one' })).toThrow(
    expect.objectContaining({ code: 'dataset.changed', why: expect.stringContaining('a.jsonl') }),
  );
  rmSync(folder, { recursive: true });
});

it('knows a file below the data folder again after the data folder was moved, and one elsewhere by its whole path', () => {
  const place = mkdtempSync(join(tmpdir(), 'ledger-'));
  const runFolder = (home: string) => join(place, home, 'runs', 'one');
  const inputs = (home: string, sha256: string) => ({ role: 'data', path: join(place, home, 'data.jsonl'), sha256 });
  mkdirSync(runFolder('a'), { recursive: true });
  const first = createInputLedger(runFolder('a'));
  first(inputs('a', 'one'));
  first(inputs('elsewhere', 'two'));
  renameSync(join(place, 'a'), join(place, 'b'));
  const ledger = readFileSync(join(runFolder('b'), 'inputs.json'), 'utf8');
  const moved = createInputLedger(runFolder('b'));
  moved(inputs('b', 'one'));
  moved(inputs('elsewhere', 'two'));
  expect(readFileSync(join(runFolder('b'), 'inputs.json'), 'utf8')).toBe(ledger);
  const changed = expect.objectContaining({ code: 'dataset.changed' });
  for (const home of ['b', 'elsewhere']) expect(() => moved(inputs(home, 'other'))).toThrow(changed);
  // As an earlier Keel wrote it.
  writeFileSync(
    join(runFolder('b'), 'inputs.json'),
    JSON.stringify({ [`data ${join(place, 'b', 'data.jsonl')}`]: 'one' }),
  );
  expect(() => createInputLedger(runFolder('b'))(inputs('b', 'other'))).toThrow(changed);
});

it('one that was cut is refused, with its path and what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  writeFileSync(join(folder, 'inputs.json'), '{"data a.jsonl": "on');
  expect(() => createInputLedger(folder)).toThrow(
    expect.objectContaining({ code: 'ledger_unreadable', why: expect.stringContaining(join(folder, 'inputs.json')) }),
  );
});
