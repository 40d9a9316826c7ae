import type { DataLedger, LedgerNotice, LedgerPlace, LeftOut } from './api/runs/data-ledger.ts';
import { counted, formatCount } from './format.ts';

/** One entry of a data ledger in words. */
export interface LedgerLine {
  /** `note` for what the config asks for, `warning` for everything else that is not as the file has it. */
  readonly level: 'warning' | 'note';
  readonly text: string;
  readonly places: readonly LedgerPlace[];
  /** Number of rows that it is about; `places` are the first of them. */
  readonly rows: number;
}

const were = (count: number) => (count === 1 ? 'was' : 'were');

/** The rows read, and how many are trained on, held out, and left out. */
export function ledgerSummary({ read, training, heldOut, leftOut }: DataLedger): string {
  const out = leftOut.reduce((sum, { rows }) => sum + rows, 0);
  return `${counted(read, 'row')} read: ${formatCount(training)} for training, ${formatCount(heldOut)} held out, ${formatCount(out)} left out`;
}

/** What follows "12 rows were left out: ". */
const REASONS: Readonly<Record<LeftOut['reason'], { readonly why: string; readonly isAsked?: true }>> = {
  bad_row: { why: 'not usable (data.skip_bad_rows)' },
  exact_repeat: { why: 'exact duplication of another row (data.duplicates)' },
  near_repeat: { why: 'near duplication of another row (data.duplicates)' },
  former_repeat: {
    why:
      'near duplication by the criterion of earlier versions, which treats rows with a long common text as the same ' +
      '(data.duplicates)',
  },
  held_out_prompt: { why: 'the prompt is equal or nearly equal to one in the held-out files (data.duplicates)' },
  max_records: { why: 'beyond the limit for training (data.max_records)', isAsked: true },
  held_out_size: { why: 'beyond the limit for held-out rows (data.held_out_size)', isAsked: true },
  disapproved: { why: 'the label is false', isAsked: true },
  cut_away: {
    why: 'truncation removed every token that would be trained on (data.max_length, data.truncation_side)',
  },
  untrained: { why: 'no token to train on' },
  equal_pair: { why: 'chosen and rejected are the same after truncation (data.max_length, data.truncation_side)' },
  unevaluated: {
    why: 'held out, but beyond the number of prompts to evaluate on (evaluation.num_prompts)',
    isAsked: true,
  },
};

function leftOutLine({ reason, rows, places }: LeftOut): LedgerLine {
  const { why, isAsked } = REASONS[reason];
  const text = `${counted(rows, 'row')} ${were(rows)} left out: ${why}.`;
  return { level: isAsked ? 'note' : 'warning', text, places, rows };
}

/** Notices of one kind: one for each field or token that they are about. */
type Notices = readonly [LedgerNotice, ...LedgerNotice[]];
type Words = (notices: Notices, limit: DataLedger['limit']) => string;

const NAMES_SHOWN = 8;

/** `weight (2 rows), tools (1 row) and 3 more` */
function namesOf(notices: Notices): string {
  const shown = notices.slice(0, NAMES_SHOWN).map(({ name, rows }) => `${name} (${counted(rows, 'row')})`);
  const more = notices.length > shown.length ? ` and ${notices.length - shown.length} more` : '';
  return shown.join(', ') + more;
}

function cutWords(end: string): Words {
  return ([{ rows, count }], limit) =>
    `${counted(rows, 'row')} ${were(rows)} truncated at the ${end}: ${counted(count, 'token')} in all, to fit ` +
    `${formatCount(limit?.tokens ?? 0)} tokens (data.max_length, data.truncation_side).`;
}

function turnWords(what: string): Words {
  return ([{ rows, count }]) =>
    `${counted(count, 'assistant turn')} in ${counted(rows, 'row')} ${were(count)} not trained: ${what}.`;
}

const promptCut: Words = ([{ rows, count }], limit) =>
  `${counted(rows, 'prompt')} of up to ${formatCount(limit?.longest ?? 0)} tokens ${were(rows)} truncated at the ` +
  `${limit?.side === 'right' ? 'end' : 'beginning'}: ${counted(count, 'token')} in all, to fit ` +
  `${formatCount(limit?.tokens ?? 0)} tokens, which leaves room for a response (data.max_length minus ` +
  'generation.max_new_tokens).';

const NOTICES: Readonly<Record<LedgerNotice['kind'], { readonly words: Words; readonly isNote?: true }>> = {
  cut_at_start: { words: cutWords('beginning') },
  cut_at_end: { words: cutWords('end') },
  prompt_cut: { words: promptCut },
  scored_cut: {
    words: (notices) =>
      'Prompts that, with a response of generation.max_new_tokens tokens, are longer than the model that scores them ' +
      `reads, so that their beginning is cut: ${namesOf(notices)} (reward.max_length, judge.max_length).`,
  },
  untrained_kept: {
    words: ([{ rows }]) =>
      `${counted(rows, 'row')} without a token to train on ${were(rows)} kept, as in earlier versions (data.row_selection).`,
  },
  unused_column: { words: (notices) => `Columns that nothing uses: ${namesOf(notices)}.`, isNote: true },
  ignored_field: {
    words: (notices) => `The chat template renders the same without these fields: ${namesOf(notices)}.`,
  },
  joined_parts: {
    words: ([{ rows }]) =>
      `${counted(rows, 'row')} with lists of text parts: the chat template reads only text, so the parts are joined.`,
    isNote: true,
  },
  no_date: {
    words: ([{ rows }]) =>
      `The chat template asks for today's date (strftime_now). It does not get one, so that ${counted(rows, 'row')} ` +
      `${rows === 1 ? 'has' : 'have'} the same text on any day: that without a date.`,
    isNote: true,
  },
  empty_turn: { words: turnWords('without content') },
  weight_zero: { words: turnWords('weight 0'), isNote: true },
  changed_turn: { words: turnWords('rendered differently once other turns follow') },
  spelled_special: { words: (notices) => `The text spells special tokens: ${namesOf(notices)} (data.special_tokens).` },
  no_stop: {
    words: ([{ rows, count }]) =>
      `${counted(count, 'trained span')} in ${counted(rows, 'row')} ${count === 1 ? 'does' : 'do'} not end in a stop token.`,
  },
  split_by_exact_prompt: {
    words: () => 'Many prompts are nearly equal, so only equal prompts were kept on one side of the split.',
  },
  kept_held_out_prompt: {
    words: ([{ rows }]) =>
      `${counted(rows, 'training row')} with the prompt of a held-out row, or nearly so, ${were(rows)} kept (data.duplicates).`,
  },
  no_held_out: {
    words: () => 'There are no held-out rows, so there is no evaluation (data.held_out_fraction, data.held_out_files).',
    isNote: true,
  },
};

/** Places by file and line, each once. */
function distinct(places: readonly LedgerPlace[]): readonly LedgerPlace[] {
  const byPlace = new Map(places.map((place) => [`${place.file}:${place.line}`, place]));
  const byFile = Map.groupBy(byPlace.values(), ({ file }) => file);
  return [...byFile.values()].flatMap((ofFile) => ofFile.sort((a, b) => a.line - b.line));
}

/** Every entry of a ledger in words: first what was left out, then what happened to the rows that are used. */
export function ledgerLines({ leftOut, notices, limit }: DataLedger): readonly LedgerLine[] {
  const byKind = [...Map.groupBy(notices, ({ kind }) => kind)];
  return [
    ...leftOut.map(leftOutLine),
    ...byKind.map(([kind, all]): LedgerLine => {
      const { words, isNote } = NOTICES[kind];
      const places = distinct(all.flatMap((notice) => notice.places));
      // A row may be the place of several names; rows that are not listed are not known to be different.
      const rows = Math.max(places.length, ...all.map((notice) => notice.rows));
      return { level: isNote ? 'note' : 'warning', text: words(all as unknown as Notices, limit), places, rows };
    }),
  ];
}

const LINES_SHOWN = 8;

/** `12`, `12 (repeats 3)`, `12 (has no prompt)`; with the name of the file if there are several. */
function placeWords({ file, line, repeats, why }: LedgerPlace, isFileNamed: boolean): string {
  const lineOf = (at: { readonly file: string; readonly line: number }) =>
    isFileNamed ? `${baseName(at.file)}:${at.line}` : String(at.line);
  const note = repeats === undefined ? why : `repeats ${lineOf(repeats)}`;
  return `${lineOf({ file, line })}${note === undefined ? '' : ` (${note.replace(/\.$/, '')})`}`;
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** `Lines 3, 8, 12 and 9 more of train.jsonl.`; null if there are no places. */
export function placesWords({ places, rows }: Pick<LedgerLine, 'places' | 'rows'>): string | null {
  const first = places[0];
  if (first === undefined) return null;
  const files = new Set(places.flatMap(({ file, repeats }) => [file, repeats?.file ?? file]));
  const isOneFile = files.size === 1;
  const shown = places.slice(0, LINES_SHOWN).map((place) => placeWords(place, !isOneFile));
  const more = rows > shown.length ? ` and ${formatCount(rows - shown.length)} more` : '';
  const noun = rows === 1 ? 'Line' : 'Lines';
  return `${noun} ${shown.join(', ')}${more}${isOneFile ? ` of ${baseName(first.file)}` : ''}.`;
}

/** A ledger as lines of text: the summary, then each entry with its level and its lines. */
export function ledgerText(ledger: DataLedger): readonly string[] {
  const entries = ledgerLines(ledger).map((line) => {
    const places = placesWords(line);
    return `${line.level}: ${line.text}${places === null ? '' : ` ${places}`}`;
  });
  return [`data: ${ledgerSummary(ledger)}`, ...entries];
}
