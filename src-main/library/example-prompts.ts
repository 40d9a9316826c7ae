import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { STARTER_FOLDER } from '../runs/host/demo.ts';
import { findRun } from '../runs/host/find-run.ts';
import type { ReadableDb } from '../store/database.ts';
import { readPrompts } from '../store/queries/samples.ts';

const OF_RUN = /^(?:run|checkpoint):([^/@\s]+)/;

/** The first prompts that are included with Keel, held out from its training data. */
function starterPrompts(count: number): string[] {
  const text = gunzipSync(readFileSync(join(STARTER_FOLDER, 'prompts-held-out.jsonl.gz'))).toString('utf8');
  return text.split('\n', count).map((line) => (JSON.parse(line) as { readonly prompt: string }).prompt);
}

/** Prompts to try a model with: the fixed ones of its run, which are held out, or those included with Keel. */
export function examplePrompts(db: ReadableDb, model: string, count: number): string[] {
  const [, id] = OF_RUN.exec(model) ?? [];
  const own = id ? readPrompts(db, findRun(db, id).number, count) : [];
  return own.length > 0 ? [...own] : starterPrompts(count);
}
