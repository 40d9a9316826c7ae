import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { RatedPair } from '../../store/queries/ratings.ts';

/** One row of a preference dataset in TRL's standard form. */
export interface PreferenceRow {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/** The pairs that a person decided; ties and skipped ones prefer nothing. */
export function preferenceRows(pairs: readonly RatedPair[]): readonly PreferenceRow[] {
  return pairs.flatMap(({ prompt, leftReply, rightReply, verdict }) => {
    if (verdict === 'left') return [{ prompt, chosen: leftReply, rejected: rightReply }];
    return verdict === 'right' ? [{ prompt, chosen: rightReply, rejected: leftReply }] : [];
  });
}

/** A file of the session that holds this text already, or a name that no file has: datasets of earlier runs stay. */
function fileFor(folder: string, session: number, text: string): { readonly file: string; readonly isThere: boolean } {
  for (let count = 1; ; count += 1) {
    const file = join(folder, `ratings-${session}${count === 1 ? '' : `-${count}`}.jsonl`);
    if (!existsSync(file)) return { file, isThere: false };
    if (statSync(file).isFile() && readFileSync(file, 'utf8') === text) return { file, isThere: true };
  }
}

/**
 * Writes them as JSON lines below the data folder, whole or not at all, and never over another file.
 * Throws `ratings_undecided`.
 */
export function exportPairs(
  home: string,
  session: number,
  pairs: readonly RatedPair[],
): { readonly file: string; readonly rows: number; readonly leftOut: number } {
  const rows = preferenceRows(pairs);
  if (rows.length === 0) {
    throw new KeelError({
      code: 'ratings_undecided',
      why: 'No pair has been decided yet: a preference dataset needs one reply above the other.',
      fix: 'Rate a few pairs with 1 or 2 first.',
    });
  }
  const folder = join(home, 'datasets');
  mkdirSync(folder, { recursive: true });
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const { file, isThere } = fileFor(folder, session, text);
  if (!isThere) {
    const partial = `${file}.partial`;
    writeFileSync(partial, text);
    renameSync(partial, file);
  }
  return { file, rows: rows.length, leftOut: pairs.length - rows.length };
}
