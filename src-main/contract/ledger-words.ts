import type { DataLedger, LedgerNotice, LedgerPlace, LeftOut } from './api/runs/data-ledger.ts';
import { formatCount } from './format.ts';

/** One entry of a data ledger in words. */
export interface LedgerLine {
  /** `note` for what the config asks for, `warning` for everything else that is not as the file has it. */
  readonly level: 'warning' | 'note';
  readonly text: string;
  readonly places: readonly LedgerPlace[];
  /** Number of rows that it is about; `places` are the first of them. */
  readonly rows: number;
}

const counted = (count: number, noun: string) => `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
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
  held_out_prompt: { why: 'the prompt is in the held-out files as well (data.duplicates)' },
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

const cutEnd = (side: 'left' | 'right') => (side === 'left' ? 'beginning' : 'end');

function noticeText({ kind, name, rows, tokens }: LedgerNotice, limit: DataLedger['limit']): string {
  const cut = `${counted(tokens, 'token')} in all, to fit ${formatCount(limit?.tokens ?? 0)} tokens`;
  const subject = `${counted(rows, 'row')} ${were(rows)}`;
  switch (kind) {
    case 'cut_at_start':
      return `${subject} truncated at the beginning: ${cut} (data.max_length, data.truncation_side).`;
    case 'cut_at_end':
      return `${subject} truncated at the end: ${cut} (data.max_length, data.truncation_side).`;
    case 'prompt_cut':
      return (
        `${counted(rows, 'prompt')} of up to ${formatCount(limit?.longest ?? 0)} tokens ${were(rows)} truncated at the ` +
        `${cutEnd(limit?.side ?? 'left')}: ${cut}, which leaves room for a response (data.max_length minus ` +
        'generation.max_new_tokens).'
      );
    case 'untrained_kept':
      return `${counted(rows, 'row')} without a token to train on ${were(rows)} kept, as in earlier versions (data.row_selection).`;
    case 'ignored_field':
      return `The field "${name}" of ${counted(rows, 'row')} is not used.`;
    case 'spelled_special':
      return `${counted(rows, 'row')} ${rows === 1 ? 'spells' : 'spell'} out the special token ${name}.`;
    case 'no_stop':
      return `${counted(rows, 'row')} ${rows === 1 ? 'has' : 'have'} a trained span that does not end in a stop token.`;
    case 'split_by_exact_prompt':
      return 'Many prompts are nearly equal, so only equal prompts were kept on one side of the split.';
    case 'kept_held_out_prompt':
      return `${counted(rows, 'training row')} with the prompt of a held-out row, or nearly so, ${were(rows)} kept (data.duplicates).`;
    default:
      return 'There are no held-out rows, so there is no evaluation (data.held_out_fraction, data.held_out_files).';
  }
}

const ASKED_NOTICES: ReadonlySet<LedgerNotice['kind']> = new Set(['no_held_out']);

/** Every entry of a ledger in words: first what was left out, then what happened to the rows that are used. */
export function ledgerLines({ leftOut, notices, limit }: DataLedger): readonly LedgerLine[] {
  return [
    ...leftOut.map(leftOutLine),
    ...notices.map((notice): LedgerLine => {
      const { kind, places, rows } = notice;
      return { level: ASKED_NOTICES.has(kind) ? 'note' : 'warning', text: noticeText(notice, limit), places, rows };
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
