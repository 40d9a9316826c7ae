import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { isDeepStrictEqual } from 'node:util';
import type { DataLedger } from '#contract/api/runs/data-ledger.ts';
import { type RecipeName, resolveRecipeConfig } from '#contract/config/index.ts';
import { LEDGER_EVENT } from '#contract/run-events.ts';
import type { Certificate } from '#engine/evaluation/certificate.ts';
import type { EngineReport } from '#engine/protocol.ts';
import { rowPlan } from '#engine/session/data/recipe-rows.ts';
import { recordRows } from '#engine/tokenizer/rows/record-rows.ts';
import { chatTokenizer } from '../../engine/tokenizer/chats.ts';
import { goldenCases } from '../golden-run.ts';
import { type ConfigProbe, type Plain, readsPairs, withValues } from './probe.ts';
import { differsWithout, type RunHere, runHere } from './run-here.ts';

type Row = Readonly<Record<string, unknown>>;

const folder = mkdtempSync(join(tmpdir(), 'keel-probe-data-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, rows: readonly (Row | string)[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''));
  return path;
}

const WORDS = [
  'a bad egg',
  ' cage',
  'bad. faded hag',
  ' ebb',
  'egg head',
  'a bee faded',
  'fed',
  'a cab',
  'bag',
  'dead',
];
const word = (index: number) => WORDS[index % WORDS.length]!;
/** Different texts of the fixture's letters. */
const text = (index: number) => `${word(index)}${word(index * 3 + 1)}${'a'.repeat(Math.floor(index / WORDS.length))}`;
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

const pairs = (count: number) =>
  numbers(count).map((n) => ({ prompt: `${text(n)}:`, chosen: word(n), rejected: word(n + 1) }));
const demonstrations = (count: number) => numbers(count).map((n) => ({ question: `${text(n)}:`, answer: word(n) }));
const prompts = (count: number) => numbers(count).map((n) => ({ question: `${text(n)}:` }));

/** Rows that a recipe can read, and the golden case that they take the place of. */
const OF_RECIPE: Readonly<
  Partial<Record<RecipeName, { readonly name: string; readonly rows: (count: number) => readonly Row[] }>>
> = {
  sft: { name: 'sft-completions', rows: demonstrations },
  'reward-model': { name: 'reward-centered', rows: pairs },
  dpo: { name: 'dpo-smoothed', rows: pairs },
  kto: { name: 'kto-zero', rows: pairs },
  apa: { name: 'apa-frozen', rows: prompts },
  ppo: { name: 'ppo-fixed', rows: prompts },
  awr: { name: 'awr-capped', rows: prompts },
  a2po: { name: 'a2po', rows: prompts },
  'apa-offline': { name: 'apa-offline', rows: pairs },
  'awr-offline': { name: 'awr-offline', rows: pairs },
};

/** Rows that a run has read of each training file. */
const rowsRead = (told: readonly EngineReport[]) =>
  told.flatMap((report) => (report.kind === 'input' && report.input.role === 'data' ? [report.input.rows] : []));

function probe(recipe: RecipeName, path: string, over: Plain, wrong: (here: RunHere) => string | null): ConfigProbe {
  const { name } = OF_RECIPE[recipe]!;
  const config = withValues(goldenCases()[name] as Plain, { 'data.max_records': null, ...over });
  const observe = async (given: Plain) => {
    const fault = wrong(await runHere(given));
    return fault === null ? [] : [fault];
  };
  return { recipe, path, config, observe };
}

/** A probe whose run has to differ from that with the field's default. */
function difference(recipe: RecipeName, path: string, over: Plain): ConfigProbe {
  const first = probe(recipe, path, over, () => null);
  return { ...first, observe: differsWithout(first.config, path) };
}

/** The row with a special token of the fixture spelled out in every text. */
function withSpecial(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, `<|user|>${String(value)}`]));
}

function sharedProbes(recipe: RecipeName): readonly ConfigProbe[] {
  const { rows } = OF_RECIPE[recipe]!;
  const plain = fileOf(`${recipe}.jsonl`, rows(12));
  const repeated = fileOf(`${recipe}-repeated.jsonl`, [...rows(6), ...rows(6)]);
  const spelled = fileOf(`${recipe}-spelled.jsonl`, rows(12).map(withSpecial));
  const broken = fileOf(`${recipe}-broken.jsonl`, [...rows(6), '{"broken":']);
  const split = { 'data.files': [plain], 'data.held_out_files': null };
  return [
    difference(recipe, 'data.held_out_fraction', { ...split, 'data.held_out_fraction': 0.5 }),
    difference(recipe, 'data.row_selection', {
      ...{ ...split, 'data.held_out_fraction': 0.5, 'data.max_records': 4 },
      'data.row_selection': 'former',
    }),
    difference(recipe, 'data.special_tokens', { 'data.files': [spelled], 'data.special_tokens': 'parse' }),
    difference(recipe, 'data.duplicates', { 'data.files': [repeated], 'data.duplicates': 'keep' }),
    probe(recipe, 'data.skip_bad_rows', { 'data.files': [broken], 'data.skip_bad_rows': true }, ({ told }) =>
      isDeepStrictEqual(rowsRead(told), [6]) ? null : `read ${rowsRead(told)}`,
    ),
  ];
}

const columns = (names: Plain) =>
  Object.fromEntries(
    ['text', 'messages', 'prompt', 'completion', 'chosen', 'rejected', 'label'].map((name) => [
      `data.columns.${name}`,
      names[name],
    ]),
  );

/** A probe of a column with a name of its own: without the name the rows cannot be read, or not as what they are. */
function columnProbe(recipe: RecipeName, column: string, names: Plain, rows: readonly Row[], count: number) {
  const file = fileOf(`${recipe}-${column}-column.jsonl`, rows);
  const over = { ...columns(names), 'data.files': [file], 'data.held_out_files': null };
  return probe(recipe, `data.columns.${column}`, over, ({ told }) => {
    const ledgers = told.flatMap((report) => {
      return report.kind === 'event' && report.name === LEDGER_EVENT ? [report.detail as DataLedger] : [];
    });
    const out = ledgers[0]?.leftOut.find(({ reason }) => reason === 'disapproved')?.rows ?? 0;
    const used = (rowsRead(told)[0] ?? 0) - out;
    return used === count ? null : `used ${used} rows of ${count}`;
  });
}

function columnProbes(recipe: RecipeName): readonly ConfigProbe[] {
  const rows = pairs(12);
  const better = rows.map(({ chosen, ...row }) => ({ ...row, better: chosen }));
  const worse = rows.map(({ rejected, ...row }) => ({ ...row, worse: rejected }));
  if (recipe === 'sft') {
    const judged = demonstrations(12).map(({ question, answer }, n) => ({
      prompt: question,
      completion: answer,
      good: n % 2 === 0,
    }));
    return [
      columnProbe(
        recipe,
        'text',
        { text: 'body' },
        numbers(12).map((n) => ({ body: text(n) })),
        12,
      ),
      columnProbe(recipe, 'label', { label: 'good' }, judged, 6),
      columnProbe(recipe, 'chosen', { chosen: 'better' }, better, 12),
      columnProbe(recipe, 'rejected', { rejected: 'worse' }, worse, 12),
    ];
  }
  if (!readsPairs(recipe) && recipe !== 'kto') return [];
  const asked = rows.map(({ prompt, ...row }) => ({ ...row, asked: prompt }));
  const judged = rows.map(({ prompt, chosen }, n) => ({ prompt, completion: chosen, label: n % 2 === 0 }));
  const said = judged.map(({ completion, ...row }) => ({ ...row, said: completion }));
  const good = judged.map(({ label, ...row }) => ({ ...row, good: label }));
  const ofJudged = [
    columnProbe(recipe, 'completion', { completion: 'said' }, said, 12),
    columnProbe(recipe, 'label', { label: 'good' }, good, 12),
  ];
  return [
    ...(recipe === 'kto' ? ofJudged : []),
    columnProbe(recipe, 'chosen', { chosen: 'better' }, better, 12),
    columnProbe(recipe, 'rejected', { rejected: 'worse' }, worse, 12),
    columnProbe(recipe, 'prompt', { prompt: 'asked' }, asked, 12),
  ];
}

function messagesProbe(): ConfigProbe {
  const talks = numbers(12).map((n) => ({
    talk: [
      { role: 'user', content: `${text(n)}:` },
      { role: 'assistant', content: word(n) },
    ],
  }));
  const config = withValues(goldenCases()['sft-talks'] as Plain, {
    'data.columns.messages': 'talk',
    'data.files': [fileOf('talks.jsonl', talks)],
    'data.held_out_files': null,
    'data.max_records': null,
  });
  const observe = async (given: Plain) => {
    const read = rowsRead((await runHere(given)).told);
    return isDeepStrictEqual(read, [12]) ? [] : [`read ${read}`];
  };
  return { recipe: 'sft', path: 'data.columns.messages', config, observe };
}

/** A conversation whose earlier turn the template changes: SFT makes one row of it, or one for each turn. */
function multiTurnProbe(): ConfigProbe {
  const path = 'training.multi_turn';
  const turn = (role: string, content: string) => ({ role, content });
  const completion = [turn('user', 'a'), turn('assistant', 'b'), turn('user', 'c'), turn('assistant', 'd')];
  const record = { kind: 'demonstration', prompt: null, completion, origin: { file: '', line: 1 } } as const;
  const observe = (given: Plain) => {
    const { config } = resolveRecipeConfig(given);
    const { rows } = recordRows(chatTokenizer('thinking'), rowPlan(config, 512));
    const made = rows(record).length;
    return made === 2 ? [] : [`made ${made} rows of two turns`];
  };
  return {
    recipe: 'sft',
    path,
    config: withValues(goldenCases()['sft-talks'] as Plain, { [path]: 'expand' }),
    observe,
  };
}

function certificateProbe(): ConfigProbe {
  const path = 'certificate.max_pairs';
  const over = { [path]: 10, 'data.held_out_files': [fileOf('held-out-pairs.jsonl', pairs(14))] };
  return probe('reward-model', path, over, ({ told }) => {
    const last = told.at(-1);
    const { calibration } = (last?.kind === 'summary' ? last.summary.certificate : { calibration: [] }) as Certificate;
    const judged = calibration.reduce((all, { n }) => all + n, 0);
    return judged === 10 ? null : `judged ${judged} pairs`;
  });
}

/** Which rows are read and which are held out, seen in what a run of a few rows reports. */
export function dataProbes(recipe: RecipeName): readonly ConfigProbe[] {
  return [
    ...sharedProbes(recipe),
    ...columnProbes(recipe),
    ...(recipe === 'sft' ? [messagesProbe(), multiTurnProbe()] : []),
    ...(recipe === 'reward-model' ? [certificateProbe()] : []),
  ];
}
