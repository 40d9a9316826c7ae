import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT } from '../acceptance/run-program.ts';

/** 1,500 real pairs; where they are absent, the study cannot run. */
export const PAIRS_FILE = join(ROOT, '../shared/data/hh-harmless-base/sample.jsonl.gz');

/** A preference over two answers to one prompt. */
export interface Pair {
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
}

const ANSWER = '\n\nAssistant:';
const QUESTION = '\n\nHuman:';

/**
 * The last question of two dialogs that differ only in the last answer. Earlier turns are left out, because a small model
 * has room for 128 tokens. Null if the dialogs differ before.
 */
export function lastTurn({ chosen, rejected }: Pick<Pair, 'chosen' | 'rejected'>): Pair | null {
  const at = chosen.lastIndexOf(ANSWER);
  const theirs = rejected.lastIndexOf(ANSWER);
  if (at < 0 || at !== theirs || chosen.slice(0, at) !== rejected.slice(0, at)) return null;
  const question = chosen.slice(chosen.lastIndexOf(QUESTION, at), at).trim();
  const [ours, other] = [chosen, rejected].map((text) => ` ${text.slice(at + ANSWER.length).trim()}`);
  if (!question || ours === other || ours!.trim() === '' || other!.trim() === '') return null;
  return { prompt: `${question}${ANSWER.slice(1)}`, chosen: ours!, rejected: other! };
}

/** The parts of a study on pairs: two reward models learn from different halves, and nothing that is held out. */
export interface PairParts {
  readonly forReward: readonly Pair[];
  readonly forJudge: readonly Pair[];
  readonly heldOut: readonly Pair[];
}

const HELD_OUT = 0.2;

/** Splits pairs in the order of the file; a prompt that occurs twice is in one part only. */
export function splitPairs(pairs: readonly Pair[]): PairParts {
  const groups = [...Map.groupBy(pairs, ({ prompt }) => prompt).values()];
  const held = Math.round(groups.length * HELD_OUT);
  const rest = groups.slice(held);
  return {
    heldOut: groups.slice(0, held).flat(),
    forReward: rest.filter((_, at) => at % 2 === 0).flat(),
    forJudge: rest.filter((_, at) => at % 2 === 1).flat(),
  };
}

/** Reads the pairs of a gzipped file of dialogs. */
export function readPairs(file: string): readonly Pair[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  return lines.flatMap((line) => lastTurn(JSON.parse(line) as Pair) ?? []);
}
