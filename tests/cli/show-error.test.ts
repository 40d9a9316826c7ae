import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Shell } from '../../src-main/cli/shell.ts';
import { showError } from '../../src-main/cli/show-error.ts';

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test('a full disk that a command itself meets is no fault of Keel, and its place is named', () => {
  const remarks: string[] = [];
  const shell = { home: '/tmp', remark: (text: string) => void remarks.push(text) } as unknown as Shell;
  const full = thrownBy(() => writeFileSync('/dev/full', 'x'));
  expect(showError(full, shell, false)).toBe(1);
  expect(remarks.join('')).toMatch(/^error: A file could not be written to \/tmp: .* \(.* free\)\.\nfix: /);
});
