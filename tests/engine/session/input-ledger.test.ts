import { mkdtempSync, rmSync } from 'node:fs';
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
