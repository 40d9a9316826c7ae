import type { DatasetFinding, RowNote } from '#contract/api/library/datasets.ts';
import { counted } from '#contract/format.ts';

const NAMES_SHOWN = 8;

/** `weight (2 rows, first in line 7)` for each note, the first few only. */
function namesOf(notes: readonly RowNote[]): string {
  const shown = notes.slice(0, NAMES_SHOWN).map(({ name, rows, firstLine }) => {
    return `${name} (${counted(rows, 'row')}, first in line ${firstLine})`;
  });
  const more = notes.length > shown.length ? `, and ${notes.length - shown.length} more` : '';
  return shown.join(', ') + more;
}

/** `3 assistant turns in 2 rows (first in line 7)` */
function turnsOf({ count, rows, firstLine }: RowNote): string {
  return `${counted(count, 'assistant turn')} in ${counted(rows, 'row')} (first in line ${firstLine})`;
}

const are = (count: number) => (count === 1 ? 'is' : 'are');

type Rule = (notes: readonly RowNote[]) => DatasetFinding;

const RULES: Readonly<Record<RowNote['kind'], Rule>> = {
  unused_column: (notes) => ({
    level: 'note',
    why: `Columns that nothing uses: ${namesOf(notes)}.`,
    fix: 'Map a column that should be used with data.columns.',
  }),
  ignored_field: (notes) => ({
    level: 'warning',
    why: `The chat template renders the same without these fields: ${namesOf(notes)}.`,
    fix: 'Use a chat template that reads them, or move their content into the messages.',
  }),
  joined_parts: ([{ rows, firstLine } = NONE]) => ({
    level: 'note',
    why:
      `${counted(rows, 'row')} with lists of text parts (first in line ${firstLine}): the chat template reads only ` +
      'text, so the parts are joined.',
    fix: 'Nothing needs to be done if the parts form one text.',
  }),
  no_date: ([{ rows, firstLine } = NONE]) => ({
    level: 'note',
    why:
      "The chat template asks for today's date (strftime_now), which Keel does not give, so that a run has the same text " +
      `on any day (${counted(rows, 'row')}, first in line ${firstLine}).`,
    fix: "Write a date into the template, or into the system message, if the model should know the run's.",
  }),
  empty_turn: ([note = NONE]) => ({
    level: 'warning',
    why: `${turnsOf(note)} ${are(note.count)} empty and not trained.`,
    fix: 'Remove them, or add the missing text.',
  }),
  weight_zero: ([note = NONE]) => ({
    level: 'note',
    why: `${turnsOf(note)} ${note.count === 1 ? 'has' : 'have'} the weight 0 and ${are(note.count)} not trained.`,
    fix: 'Remove the weight to train them.',
  }),
  changed_turn: ([note = NONE]) => ({
    level: 'warning',
    why: `${turnsOf(note)} ${are(note.count)} rendered differently once other turns follow and ${are(note.count)} not trained.`,
    fix: 'Set training.multi_turn to "expand" to train them in rows of their own.',
  }),
  spelled_special: (notes) => ({
    level: 'warning',
    why: `The text spells special tokens: ${namesOf(notes)}.`,
    fix: 'With data.special_tokens set to text (the default), it is encoded as ordinary text; with parse, as those tokens.',
  }),
};

const NONE: RowNote = { kind: 'joined_parts', name: null, rows: 0, count: 0, firstLine: 0 };

/** One finding for each kind of note. */
export function noteFindings(notes: readonly RowNote[]): DatasetFinding[] {
  const kinds = [...new Set(notes.map(({ kind }) => kind))];
  return kinds.map((kind) => RULES[kind](notes.filter((note) => note.kind === kind)));
}
