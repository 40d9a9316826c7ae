import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeelError } from '#contract/errors.ts';
import type { RatedPair } from '../../store/queries/ratings.ts';

/** One row of a preference dataset in TRL's standard format. */
export interface PreferenceRow {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

/** The pairs with a preferred response; ties and skipped pairs are left out. */
export function preferenceRows(pairs: readonly RatedPair[]): readonly PreferenceRow[] {
  return pairs.flatMap(({ prompt, leftReply, rightReply, verdict }) => {
    if (verdict === 'left') return [{ prompt, chosen: leftReply, rejected: rightReply }];
    return verdict === 'right' ? [{ prompt, chosen: rightReply, rejected: leftReply }] : [];
  });
}

/** The rating's export that already holds this text, or an unused name: earlier exports are kept. */
function fileFor(folder: string, session: number, text: string): { readonly file: string; readonly isThere: boolean } {
  for (let count = 1; ; count += 1) {
    const file = join(folder, `ratings-${session}${count === 1 ? '' : `-${count}`}.jsonl`);
    if (!existsSync(file)) return { file, isThere: false };
    if (statSync(file).isFile() && readFileSync(file, 'utf8') === text) return { file, isThere: true };
  }
}

/**
 * Writes the pairs as JSON Lines below the data folder, atomically, and never overwrites another file.
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
      why: 'No pair has been decided yet: a preference dataset needs pairs with a preferred response.',
      fix: 'Rate a few pairs first, with 1 or 2.',
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
