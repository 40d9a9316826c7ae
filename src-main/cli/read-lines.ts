import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { Shell } from './shell.ts';

const STDIN = 0;

function badLine(line: number, why: string): KeelError {
  const place = { where: `line ${line}`, why };
  return new KeelError({
    code: 'input_unreadable',
    why: `Line ${line} of standard input is not JSON: ${why}.`,
    fix: 'Write one JSON object per line.',
    faults: [place],
  });
}

/** The input of a short job: a file, or `-` for JSON lines on standard input. Throws `file_missing`, `input_unreadable`. */
export function readJobInput(shell: Shell, file: string): { readonly file: string } | { rows: unknown[] } {
  if (file !== '-') return { file: requireFile(shell, file) };
  const lines = readFileSync(STDIN, 'utf8').split('\n');
  const rows = lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch (error) {
      throw badLine(index + 1, (error as Error).message);
    }
  });
  return { rows };
}

/** The text of a config file, or of standard input for `-`, and the folder its paths are relative to. */
export function readConfigFile(shell: Shell, file: string): { readonly config: string; readonly baseFolder: string } {
  if (file === '-') return { config: readFileSync(STDIN, 'utf8'), baseFolder: shell.folder };
  const path = requireFile(shell, file);
  return { config: readFileSync(path, 'utf8'), baseFolder: dirname(path) };
}

/** Returns the absolute path of an existing file. Throws `file_missing`. */
export function requireFile(shell: Shell, file: string): string {
  const path = resolve(shell.folder, file);
  if (existsSync(path)) return path;
  throw new KeelError({ code: 'file_missing', why: `The file ${path} does not exist.`, fix: 'Check the path.' });
}
