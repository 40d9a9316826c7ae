import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KeelError } from '#contract/errors.ts';
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

const FAULT = { where: 'data.files[0], line 1', why: 'The chat template failed.', fix: 'Mend the row.' };

test('a single fault is told once, and several are listed', () => {
  const told = (faults: readonly (typeof FAULT)[], why: string) => {
    const remarks: string[] = [];
    const shell = { home: '/tmp', remark: (text: string) => void remarks.push(text) } as unknown as Shell;
    showError(new KeelError({ code: 'run_refused', why, fix: FAULT.fix, faults }), shell, false);
    return remarks.join('');
  };
  expect(told([FAULT], 'Not started. data.files[0], line 1: The chat template failed.')).toBe(
    'error: Not started. data.files[0], line 1: The chat template failed.\nfix: Mend the row.\n',
  );
  const list = '  data.files[0], line 1: The chat template failed. (Mend the row.)\n';
  expect(told([FAULT], 'The model cannot be read.')).toContain(list);
  expect(told([FAULT, FAULT], 'Not started: 2 problems.')).toBe(
    `error: Not started: 2 problems.\n${list}${list}fix: Mend the row.\n`,
  );
});
