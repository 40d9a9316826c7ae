import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { type ConfigCheck, configCheckSchema } from '#contract/api/library/datasets.ts';
import { type DataLedger, dataLedgerSchema } from '#contract/api/runs/data-ledger.ts';
import { resolveRecipeConfig } from '#contract/config/index.ts';
import { withValueAt } from '#contract/config/value-at.ts';
import { LEDGER_EVENT, LEDGER_FILE } from '#contract/run-events.ts';
import type { EngineReport } from '#engine/protocol.ts';
import type { Runtime } from '#engine/runtime/types.ts';
import { runJob } from '../../../support/engine-run.ts';
import { goldenCases, located } from '../../../support/golden-run.ts';
import { tellOfJob } from '../../../support/run-job.ts';
import { runtimeKinds } from '../../../support/runtimes.ts';

/** Data files, configs and ledgers of tests/fixtures/data-ledger/make.py (pandas and transformers). */
const FIXTURE = join(import.meta.dirname, '../../../fixtures/data-ledger');

interface Expected {
  readonly read: number;
  readonly training: number;
  readonly heldOut: number;
  /** Lines by reason, or their number where the seed decides which ones. */
  readonly leftOut: Readonly<Record<string, readonly number[] | number>>;
  /** Rows and tokens by kind. */
  readonly notices: Readonly<Record<string, readonly [number, number]>>;
  readonly limit: DataLedger['limit'];
  readonly trained: number | null;
}
type Config = Readonly<Record<string, unknown>>;
type Case = { readonly config: Config & { readonly recipe: string; readonly data: Config }; readonly ledger: Expected };
const CASES = JSON.parse(readFileSync(join(FIXTURE, 'expected.json'), 'utf8')) as Readonly<Record<string, Case>>;

const ledgerOf = (name: string) => CASES[name]!.ledger;

const BASES: Readonly<Record<string, string>> = {
  sft: 'sft-completions',
  'reward-model': 'reward-centered',
  apa: 'apa-frozen',
  ppo: 'ppo-fixed',
  awr: 'awr-capped',
};
const RULES = { type: 'rules', rules: [{ type: 'length', unit: 'characters', min: 1, max: 9 }] };

/** A golden case's model and settings with the data of a case, for one step. */
function configOf({ config }: Case): Config {
  const { recipe, data, training, ...groups } = config;
  const isOnline = 'generation' in groups;
  const inFolder = (files: unknown) => (files as readonly string[] | null)?.map((name) => join(FIXTURE, name)) ?? null;
  const files = { files: inFolder(data.files), held_out_files: inFolder(data.held_out_files) };
  const base = goldenCases()[BASES[recipe]!] as Readonly<Record<string, Config>>;
  const made: Config = {
    ...base,
    model: '@models/neox',
    ...(isOnline && { reference: null }),
    data: { ...data, ...files },
    ...Object.fromEntries(
      Object.entries(groups).map(([name, group]) => [name, { ...base[name], ...(group as Config) }]),
    ),
    ...(isOnline
      ? { reward: RULES, judge: null, ...(base.critic && { critic: { init: 'policy' } }) }
      : { training: { ...base.training, ...(training as Config) } }),
  };
  const steps = isOnline ? 'updates.total_iterations' : 'training.max_steps';
  return resolveRecipeConfig(located(withValueAt(made, steps.split('.'), 1))).file;
}

let runtime: Runtime;
const folder = mkdtempSync(join(tmpdir(), 'keel-ledger-'));
beforeEach(async () => {
  runtime = await runtimeKinds.find(({ kind }) => kind !== 'compiled')!.start();
  return () => runtime.dispose();
});
afterAll(() => rmSync(folder, { recursive: true }));

const ledgersIn = (told: readonly EngineReport[]) =>
  told.flatMap((report) => (report.kind === 'event' && report.name === LEDGER_EVENT ? [report.detail] : []));

/** Whether a run has evaluated: in its metrics, or by its summary. */
function evaluationIn(told: readonly EngineReport[]): boolean {
  return told.some((report) => {
    if (report.kind === 'metrics') return report.points.some(({ key }) => key.startsWith('eval/'));
    if (report.kind !== 'summary') return false;
    const { eval_loss: loss, certificate, best } = report.summary;
    return [loss, certificate, best ?? undefined].some((value) => value !== undefined);
  });
}

async function checkOf(config: Config): Promise<ConfigCheck> {
  const { result } = await tellOfJob(runtime, { kind: 'check_config', config, locations: {}, examples: 0 } as never);
  return configCheckSchema.parse(result);
}

/** Rows and counts by kind: columns and fields together, special tokens one by one. */
function noticesOf({ notices }: DataLedger): Expected['notices'] {
  const all: Record<string, [number, number]> = {};
  for (const { kind, name, rows, count } of notices) {
    const key = kind === 'spelled_special' ? `${kind} ${name}` : kind;
    const [before, counted] = all[key] ?? [0, 0];
    all[key] = [before + rows, counted + count];
  }
  return all;
}

/** A ledger in the form of the expected one. */
function summaryOf(ledger: DataLedger, { leftOut, trained }: Expected): Expected {
  const linesOf = ({ reason, rows, places }: DataLedger['leftOut'][number]) =>
    typeof leftOut[reason] === 'number' ? rows : places.map(({ line }) => line);
  return {
    ...{ read: ledger.read, training: ledger.training, heldOut: ledger.heldOut, limit: ledger.limit },
    leftOut: Object.fromEntries(ledger.leftOut.map((entry) => [entry.reason, linesOf(entry)])),
    notices: noticesOf(ledger),
    trained: trained === null ? null : ledger.trained,
  };
}

test.each(Object.keys(CASES))(
  '%s: the run and the check of its config count as pandas and transformers do',
  async (name) => {
    const config = configOf(CASES[name]!);
    const wanted = ledgerOf(name);
    const runFolder = mkdtempSync(join(folder, 'run-'));
    const { told } = await tellOfJob(runtime, runJob({ runFolder, resumeFrom: null }, config) as never);
    const [own, ...more] = ledgersIn(told).map((detail) => dataLedgerSchema.parse(detail));
    expect(more).toEqual([]);
    expect(summaryOf(own!, wanted)).toEqual(wanted);
    expect(own!.read).toBe(own!.training + own!.heldOut + own!.leftOut.reduce((sum, { rows }) => sum + rows, 0));
    expect(JSON.parse(readFileSync(join(runFolder, LEDGER_FILE), 'utf8'))).toEqual(own);
    // Told before the first step.
    const kinds = told.map(({ kind }) => kind);
    expect(kinds.indexOf('event')).toBeLessThan(kinds.indexOf('metrics'));
    expect(evaluationIn(told)).toBe(wanted.heldOut > 0);
    expect(await checkOf(config)).toMatchObject({ ledger: own, problem: null });
  },
);

test('an error with the first lines and the remedy if no row is left; the check says so as well', async () => {
  const { config } = CASES['sft-right']!;
  const data = { ...config.data, max_length: 2, duplicates: 'keep' };
  const cut = configOf({ ...CASES['sft-right']!, config: { ...config, data } });
  const runFolder = mkdtempSync(join(folder, 'run-'));
  const run = tellOfJob(runtime, runJob({ runFolder, resumeFrom: null }, cut) as never);
  const error = await run.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  // Every prompt has at least two tokens (transformers), so none of the 33 replies has a token left.
  expect(error).toMatchObject({
    code: 'dataset.nothing_to_train',
    why: expect.stringContaining('33 rows were left out: truncation removed every token'),
    fix: `Raise data.max_length (now 2 tokens; the longest row has ${ledgerOf('sft-right').limit!.longest}), or set data.truncation_side to left.`,
    faults: expect.arrayContaining([
      expect.objectContaining({ where: `${join(FIXTURE, 'completions.jsonl')}, line 20` }),
    ]),
  });
  expect(JSON.parse(readFileSync(join(runFolder, LEDGER_FILE), 'utf8'))).toMatchObject({ training: 0, read: 33 });
  const { ledger, problem, reports } = await checkOf(cut);
  expect([ledger!.training, problem!.code]).toEqual([0, 'dataset.nothing_to_train']);
  expect(reports[0]!.findings[0]).toMatchObject({ level: 'error' });
});

test('a run of an earlier version keeps the rows without a token to train on, and says so', async () => {
  const { config, ledger: wanted } = CASES['sft-right']!;
  const former = configOf({ config: { ...config, data: { ...config.data, row_selection: 'former' } }, ledger: wanted });
  const { ledger } = await checkOf(former);
  const cutAway = wanted.leftOut.cut_away as readonly number[];
  expect([ledger!.training + ledger!.heldOut, ledger!.trained]).toEqual([
    wanted.training + wanted.heldOut + cutAway.length,
    wanted.trained,
  ]);
  const kept = ledger!.notices.find(({ kind }) => kind === 'untrained_kept');
  expect(kept!.places.map(({ line }) => line)).toEqual(cutAway);
});

test('bad rows that may not be skipped are counted by the check, which gives the error of the run', async () => {
  const { config } = CASES['sft-broken']!;
  const strict = configOf({
    ...CASES['sft-broken']!,
    config: { ...config, data: { ...config.data, skip_bad_rows: false } },
  });
  const { ledger, problem } = await checkOf(strict);
  expect([ledger!.read, ledger!.training]).toEqual([18, 4]);
  expect(problem).toMatchObject({ code: 'dataset.bad_rows', why: expect.stringContaining('line 7') });
  expect(problem!.faults!.map(({ where }) => where)).toEqual(['line 7', 'line 8', 'line 12']);
});
