import type { Detail } from '#contract/api/runs/run-records.ts';
import { KeelError } from '#contract/errors.ts';
import { REFERENCE } from '#contract/ids.ts';
import type { ReadableDb } from '../../store/database.ts';
import { replaceTexts } from './artifact-references.ts';
import { findRun } from './find-run.ts';

/** The full id of a run; unchanged if it cannot be found, which is reported where the reference is followed. */
function fullId(db: ReadableDb, wanted: string): string {
  try {
    return findRun(db, wanted).id;
  } catch (error) {
    if (error instanceof KeelError) return wanted;
    throw error;
  }
}

/**
 * Writes the runs that a config refers to by their full ids. As on the command line, a config may name a run by a
 * unique start or end of its id, or as `latest`. What is stored must keep its meaning when other runs are added.
 */
export function withFullReferences(db: ReadableDb, config: Detail): Detail {
  return replaceTexts(config, (text) => {
    const [, scheme, name] = REFERENCE.exec(text) ?? [];
    return scheme === 'run' && name ? `run:${fullId(db, name)}${text.slice(4 + name.length)}` : text;
  });
}
