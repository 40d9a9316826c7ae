import type { BenchmarkTask } from '#contract/benchmarks/task-file.ts';
import { type Fault, KeelError } from '#contract/errors.ts';
import { compileTemplate } from '../../tokenizer/chat/bounded-template.ts';
import { type InputRow, inputError } from '../read-input.ts';

type Doc = Readonly<Record<string, unknown>>;

/** A question of a task: what the model reads, and the right answer. */
export interface TaskDoc {
  readonly context: string;
  /** Empty for a task whose answers are generated. */
  readonly choices: readonly string[];
  /** Index of the right choice, or the right text. */
  readonly target: number | string;
}

const refused = (what: string) =>
  new KeelError({
    code: 'task_unusable',
    why: `The task has a template with ${what}, which the harness renders differently from a chat template.`,
    fix: 'Write the template with expressions only, such as {{question}}.',
  });

/** First names of a template's expressions; those must be columns, as with jinja2.StrictUndefined in the harness. */
const namesIn = (source: string) => [...source.matchAll(/\{\{-?\s*([A-Za-z_]\w*)/g)].map(([, name]) => name!);

/** A template as the harness renders it: a newline at the end stays, and an unknown name is an error. */
function templateOf(source: string): (doc: Doc) => string {
  if (/\{[%#]/.test(source)) throw refused('statements or comments');
  const render = compileTemplate(source);
  const end = source.endsWith('\n') ? '\n' : '';
  const names = namesIn(source);
  return (doc) => {
    const unknown = names.find((name) => !Object.hasOwn(doc, name));
    if (unknown !== undefined) throw new RangeError(`has no column "${unknown}"`);
    return render(doc) + end;
  };
}

/** The value of a column, or a template's text. */
function readerOf(source: string): (doc: Doc) => unknown {
  const render = templateOf(source);
  return (doc) => (Object.hasOwn(doc, source) ? doc[source] : render(doc));
}

/** A list of strings as Python writes it; every other text is refused. */
function listOf(text: string): readonly string[] {
  const items = [...text.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)];
  const isList = /^\[\s*(('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*(,\s*|(?=\])))*\]$/.test(text.trim());
  if (!isList) throw new RangeError(`has choices that are not a list of strings: ${text.slice(0, 80)}`);
  const plain = (inner: string) =>
    inner.replaceAll(/\\(.)/g, (_, mark: string) => ({ n: '\n', t: '\t' })[mark] ?? mark);
  return items.map(([, single, double]) => plain(single ?? double ?? ''));
}

function choicesOf(task: BenchmarkTask): (doc: Doc) => readonly string[] {
  const { docToChoice: source } = task;
  if (source === null) return () => [];
  if (typeof source !== 'string') return () => source;
  const read = readerOf(source);
  return (doc) => {
    const found = read(doc);
    if (Array.isArray(found) && found.every((one) => typeof one === 'string')) return found;
    return listOf(String(found));
  };
}

/** The index of the right choice. Throws RangeError if there is none. */
function placeOf(target: unknown, choices: readonly string[]): number {
  const place = typeof target === 'string' ? choices.indexOf(target) : Number(target);
  if (!Number.isInteger(place) || place < 0 || place >= choices.length) {
    throw new RangeError(`has ${JSON.stringify(target)} as its answer, which is none of its ${choices.length} choices`);
  }
  return place;
}

function targetOf(task: BenchmarkTask): (doc: Doc, choices: readonly string[]) => number | string {
  const { docToTarget: source, docToChoice, outputType } = task;
  const read = typeof source === 'number' ? () => source : readerOf(source);
  return (doc, choices) => {
    const found = read(doc);
    const isIndex = docToChoice !== null && typeof found === 'string' && /^\d+$/.test(found);
    const target = isIndex ? Number(found) : found;
    if (outputType === 'multiple_choice') return placeOf(target, choices);
    if (docToChoice !== null) return choices[placeOf(target, choices)]!;
    if (typeof target === 'string' || typeof target === 'number') return String(target);
    throw new RangeError('has an answer that is not a text');
  };
}

/**
 * The questions of a task, as lm-evaluation-harness makes them of its data. Throws `input_rows_bad` with every row that
 * gives none, `task_unusable`, and what a template throws.
 */
export function taskDocs(task: BenchmarkTask, rows: readonly InputRow<Doc>[]): readonly TaskDoc[] {
  const [text, choices, target] = [readerOf(task.docToText), choicesOf(task), targetOf(task)];
  const description = templateOf(task.description);
  const faults: Fault[] = [];
  const docs = rows.map(({ line, row }): TaskDoc => {
    try {
      const own = choices(row);
      if (task.outputType === 'multiple_choice' && own.length < 2) throw new RangeError('has fewer than two choices');
      return { context: description(row) + String(text(row)), choices: own, target: target(row, own) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      faults.push({ where: `line ${line}`, why: error.message });
      return { context: '', choices: [], target: 0 };
    }
  });
  if (faults.length > 0) throw inputError(faults);
  return docs;
}
