import type { ResponseTotals, SampleRow, SampleStep, StoredSample } from '#contract/api/runs/run-records.ts';
import { type ReadableDb, statement, type WritableDb } from '../database.ts';

/** Order of the arrays inside `per_token`; the totals follow as one more array, which older rows lack. */
const PER_TOKEN = ['logprobs', 'refLogprobs', 'kl', 'values', 'advantages', 'rewards'] as const;
const TOTALS = ['tokens', 'kl', 'entropy', 'refLogprob'] as const;

function pack(row: SampleRow): { readonly lengths: readonly number[]; readonly bytes: Buffer } {
  const { totals } = row;
  const arrays = [...PER_TOKEN.map((name) => row[name]), ...(totals ? [TOTALS.map((name) => totals[name])] : [])];
  const all = Float64Array.from(arrays.flat());
  return { lengths: arrays.map((array) => array.length), bytes: Buffer.from(all.buffer) };
}

type Unpacked = Record<(typeof PER_TOKEN)[number], number[]> & Pick<StoredSample, 'totals'>;

function unpack(lengths: readonly number[], bytes: Buffer): Unpacked {
  const all = new Float64Array(Uint8Array.from(bytes).buffer);
  let start = 0;
  const arrays = lengths.map((length) => {
    start += length;
    return Array.from(all.subarray(start - length, start));
  });
  const entries = PER_TOKEN.map((name, index) => [name, arrays[index] ?? []] as const);
  const sums = arrays[PER_TOKEN.length];
  const totals = sums ? (Object.fromEntries(TOTALS.map((name, at) => [name, sums[at]])) as ResponseTotals) : null;
  return { ...(Object.fromEntries(entries) as Record<(typeof PER_TOKEN)[number], number[]>), totals };
}

/** Writes one response by (run, step, prompt). Returns false if it replaced a different response. */
export function upsertSample(db: WritableDb, run: number, step: number, row: SampleRow, sequence: number): boolean {
  const { lengths, bytes } = pack(row);
  const find = 'SELECT response, per_token FROM samples WHERE run = ? AND step = ? AND prompt_index = ?';
  const there = statement(db, find).get(run, step, row.promptIndex) as
    | { response: string; per_token: Buffer }
    | undefined;
  const isSame = there !== undefined && there.response === row.response && there.per_token.equals(bytes);
  if (isSame) return true;
  const sql = 'INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
  const json = [JSON.stringify(row.ids), JSON.stringify(row.tokens), JSON.stringify(lengths)];
  const scores = [row.score, row.judge].map((value) => (value === null || Number.isNaN(value) ? null : value));
  const texts = [row.prompt, row.response];
  const ended = row.endedByStop ? 1 : 0;
  statement(db, sql).run(run, step, row.promptIndex, sequence, ...texts, ...json, bytes, ...scores, ended);
  return there === undefined;
}

interface StoredRow {
  readonly step: number;
  readonly promptIndex: number;
  readonly sequence: number;
  readonly prompt: string;
  readonly response: string;
  readonly ids: string;
  readonly tokens: string;
  readonly lengths: string;
  readonly perToken: Buffer;
  readonly score: number | null;
  readonly judge: number | null;
  readonly endedByStop: number;
}

function toSample(row: StoredRow): StoredSample {
  const { lengths, perToken, ...plain } = row;
  return {
    ...plain,
    ...unpack(JSON.parse(lengths) as number[], perToken),
    ids: JSON.parse(row.ids) as number[],
    tokens: JSON.parse(row.tokens) as string[],
    score: row.score ?? Number.NaN,
    endedByStop: row.endedByStop === 1,
  };
}

const COLUMNS = `step, prompt_index AS promptIndex, sequence, prompt, response, ids, tokens, lengths,
  per_token AS perToken, score, judge, ended_by_stop AS endedByStop`;

/** Responses of a run with after < sequence <= until, by step and prompt. */
export function readSamples(
  db: ReadableDb,
  run: number,
  after = 0,
  until: number = Number.MAX_SAFE_INTEGER,
): readonly StoredSample[] {
  const sql = `SELECT ${COLUMNS} FROM samples WHERE run = ? AND sequence > ? AND sequence <= ?
    ORDER BY step, prompt_index`;
  return (statement(db, sql).all(run, after, until) as StoredRow[]).map(toSample);
}

export const AT_STEP_SQL = `SELECT ${COLUMNS} FROM samples WHERE run = ? AND step = ? ORDER BY prompt_index`;

/** Responses at one step of a run, by prompt. */
export function readSamplesAt(db: ReadableDb, run: number, step: number): readonly StoredSample[] {
  return (statement(db, AT_STEP_SQL).all(run, step) as StoredRow[]).map(toSample);
}

/** The steps of a run that have responses, in order; NaN scores are not included in the mean. */
export function listSampleSteps(db: ReadableDb, run: number): readonly SampleStep[] {
  const sql = `SELECT step, count(*) AS replies, avg(score) AS score, avg(judge) AS judge FROM samples
    WHERE run = ? GROUP BY step ORDER BY step`;
  const rows = statement(db, sql).all(run) as (Omit<SampleStep, 'score'> & { readonly score: number | null })[];
  return rows.map((row) => ({ ...row, score: row.score ?? Number.NaN }));
}

/** The first fixed prompts of a run, without repetitions. */
export function readPrompts(db: ReadableDb, run: number, count: number): readonly string[] {
  const sql = 'SELECT DISTINCT prompt FROM samples WHERE run = ? ORDER BY prompt_index LIMIT ?';
  return statement(db, sql).pluck().all(run, count) as string[];
}
