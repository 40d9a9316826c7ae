import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { describe, expect, it, test } from 'vitest';
import type { MetricFormat } from '#contract/api/runs/metric-export.ts';
import { requireTargetName, writeMetrics } from '../../src-main/trackers/write-metrics.ts';
import { FIXTURES, readFixture, trackedRuns } from './tracked-runs.ts';

const PYTHON = process.env.KEEL_TEST_PYTHON;
const CHECK = fileURLToPath(new URL('../golden/check_trackers.py', import.meta.url));

const NAMES = {
  tensorboard: 'logs',
  csv: 'metrics.csv',
  jsonl: 'metrics.jsonl',
  parquet: 'metrics.parquet',
  trackio: 'golden.db',
} as const;

async function written(format: MetricFormat, folder = mkdtempSync(join(tmpdir(), 'keel-trackers-'))): Promise<string> {
  const out = join(folder, NAMES[format]);
  await writeMetrics(format, { out, runs: trackedRuns(), writtenBy: 'Keel 0.0.0' });
  return out;
}

/** By hand: the fixture's rows, with numbers as ECMAScript writes them. */
const APA = '20261123-131924-apa';
const SFT = '20261123-141924-sft';
const ROWS = [
  [APA, 0, '2026-11-23T13:19:30.000Z', 'eval/reward', -0.25],
  [APA, 1, '2026-11-23T13:19:31.500Z', 'loss/policy_avg', 0.1],
  [APA, 1, '2026-11-23T13:19:31.500Z', 'a, "quoted" key', 1e-7],
  [APA, 1, '2026-11-23T13:19:31.500Z', 'ключ/β', 123456789.12345678],
  [APA, 2, '2026-11-23T13:19:33.001Z', 'loss/policy_avg', Number.NaN],
  [APA, 2, '2026-11-23T13:19:33.001Z', 'loss/value_avg', Number.POSITIVE_INFINITY],
  [APA, 2, '2026-11-23T13:19:33.999Z', 'eval/reward', Number.NEGATIVE_INFINITY],
  [APA, 300, '2026-11-23T13:19:40.000Z', 'loss/policy_avg', 3e-300],
  [APA, 5_000_000_000, '2026-11-23T13:19:50.000Z', 'loss/policy_avg', 3e38],
  [SFT, 1, '2026-11-23T14:19:30.000Z', 'loss', 2],
] as const;

describe('the metrics of runs', () => {
  it('become CSV that RFC 4180 and pandas read', async () => {
    const text = readFileSync(await written('csv'), 'utf8');
    expect(text.split('\n')).toEqual([
      'run,step,time,key,value',
      `${APA},0,2026-11-23T13:19:30.000Z,eval/reward,-0.25`,
      `${APA},1,2026-11-23T13:19:31.500Z,loss/policy_avg,0.1`,
      `${APA},1,2026-11-23T13:19:31.500Z,"a, ""quoted"" key",1e-7`,
      `${APA},1,2026-11-23T13:19:31.500Z,ключ/β,123456789.12345678`,
      `${APA},2,2026-11-23T13:19:33.001Z,loss/policy_avg,NaN`,
      `${APA},2,2026-11-23T13:19:33.001Z,loss/value_avg,Infinity`,
      `${APA},2,2026-11-23T13:19:33.999Z,eval/reward,-Infinity`,
      `${APA},300,2026-11-23T13:19:40.000Z,loss/policy_avg,3e-300`,
      `${APA},5000000000,2026-11-23T13:19:50.000Z,loss/policy_avg,3e+38`,
      `${SFT},1,2026-11-23T14:19:30.000Z,loss,2`,
      '',
    ]);
  });

  it('become JSON Lines with NaN and infinities as texts', async () => {
    const lines = readFileSync(await written('jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      ROWS.map(([run, step, time, key, value]) => {
        return { run, step, time, key, value: Number.isFinite(value) ? value : String(value) };
      }),
    );
  });

  it('become Parquet with typed columns and the configs beside them', async () => {
    const file = await asyncBufferFromFile(await written('parquet'));
    const rows = await parquetReadObjects({ file });
    expect(rows).toEqual(
      ROWS.map(([run, step, time, key, value]) => ({ run, step: BigInt(step), time: new Date(time), key, value })),
    );
    const { key_value_metadata: metadata, created_by, row_groups } = await parquetMetadataAsync(file);
    expect(created_by).toBe('Keel 0.0.0');
    expect(JSON.parse(metadata?.find(({ key }) => key === 'keel.runs')?.value ?? '')).toEqual(
      Object.fromEntries(
        trackedRuns().map(({ id, name, createdAt, config }) => [
          id,
          { name, createdAt: new Date(createdAt).toISOString(), config },
        ]),
      ),
    );
    // A minimum or maximum of values among which there is NaN would make readers skip rows that they want.
    expect(row_groups.map(({ columns }) => columns.at(-1)?.meta_data?.statistics)).toEqual([undefined]);
  });

  it("become the bytes that TensorBoard's own writer writes", async () => {
    const logs = await written('tensorboard');
    const seen = readdirSync(logs).map((run) => {
      const [name, ...others] = readdirSync(join(logs, run));
      expect(others).toEqual([]);
      return [run, name, readFileSync(join(logs, run, name ?? '')).toString('base64')];
    });
    const expected = readFixture<Record<string, string>>('events.json');
    expect(seen).toEqual([
      [APA, 'events.out.tfevents.1795439964.keel', expected[APA]],
      [SFT, 'events.out.tfevents.1795443564.keel', expected[SFT]],
    ]);
  });

  it('become the rows and tables that Trackio itself makes', async () => {
    const db = new Database(await written('trackio'), { readonly: true });
    const expected = readFixture<Record<string, unknown> & { columns: Record<string, unknown> }>('trackio.json');
    const parsed = (sql: string) =>
      (db.prepare(sql).raw().all() as unknown[][]).map((row) => [...row.slice(0, -1), JSON.parse(String(row.at(-1)))]);
    const columnsOf = (table: string) =>
      (db.pragma(`table_info(${table})`) as { name: string; type: string; notnull: number }[]).map((column) => [
        column.name,
        column.type,
        column.notnull,
      ]);
    const indexes = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";
    expect({
      user_version: db.pragma('user_version', { simple: true }),
      columns: Object.fromEntries(Object.keys(expected.columns).map((table) => [table, columnsOf(table)])),
      indexes: db.prepare(indexes).pluck().all(),
      metrics: parsed('SELECT run_id, run_name, timestamp, step, metrics FROM metrics ORDER BY id'),
      configs: parsed('SELECT run_id, run_name, config FROM configs ORDER BY id'),
    }).toEqual(expected);
    db.close();
  });

  it.runIf(PYTHON)('open in the readers of their formats (KEEL_TEST_PYTHON)', { timeout: 300_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keel-readers-'));
    for (const format of Object.keys(NAMES) as MetricFormat[]) await written(format, folder);
    const told = execFileSync(PYTHON ?? '', [CHECK, folder, `${FIXTURES}runs.json`], { encoding: 'utf8' });
    process.stdout.write(told);
    expect(told.trim().split('\n')).toEqual([
      'pandas.read_csv: 10 values equal',
      'pandas.read_json: 10 values equal',
      'pyarrow: 10 values equal',
      'pandas.read_parquet: 10 values equal',
      'EventAccumulator: 10 values equal as float32, 2 responses',
      'tbparse: 10 values',
      'trackio: 10 values equal, and one run added by Trackio',
    ]);
  });
  it.skipIf(PYTHON)('their readers were not asked: set KEEL_TEST_PYTHON to a Python that has them', () => {});
});

test('a target is named as its readers expect', () => {
  const refused = ([format, out]: readonly [MetricFormat, string]) => {
    try {
      requireTargetName(format, out);
      return null;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const taken = [
    ['csv', '/a/b.csv'],
    ['tensorboard', '/a/logs'],
    ['trackio', '/a/my_runs-2.db'],
  ] as const;
  expect(taken.map(refused)).toEqual([null, null, null]);
  const bad = [
    ['csv', '/a/b'],
    ['parquet', '/a/b.csv'],
    ['trackio', '/a/b.sqlite'],
    ['trackio', '/a/my runs.db'],
    ['trackio', '/a/registry-a.db'],
    ['trackio', '/a/b_system.db'],
    ['trackio', '/a/.db'],
  ] as const;
  expect(bad.map(refused)).toEqual(bad.map(() => 'export_name'));
});
