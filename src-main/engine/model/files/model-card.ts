import type { ExportDtype } from '#contract/export-dtypes.ts';
import { formatCount } from '#contract/format.ts';
import type { FamilyName } from '../config/model-config.ts';
import { familyOf } from '../families/family-of.ts';
import { type ChatForm, chatFormText, type ExportedKind, quickStart } from './card-snippets.ts';

/** What a card reports about the run that produced the model; missing fields are omitted from the card. */
export interface CardRecord {
  readonly name?: string | null;
  readonly run_id?: string;
  readonly recipe?: string;
  /** Description of the recipe's method. */
  readonly method?: { readonly name: string; readonly text: string; readonly source: string };
  readonly step?: number | null;
  /** The checkpoint tag: `best` or `last`. */
  readonly tag?: string;
  /** The resolved config. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly inputs?: readonly CardInput[];
  readonly metrics?: Readonly<Record<string, number | null>>;
  /** Name or hash of the model that the run started from. */
  readonly base_model?: string;
  readonly parents?: readonly string[];
  readonly versions?: Readonly<Record<string, string>>;
}

export interface CardInput {
  readonly role: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes?: number;
  readonly rows?: number | null;
}

/** Result of comparing the export after it was reopened. */
export interface ReplayReport {
  readonly tensors: number;
  /** Number of tensors whose bytes equal the source's. */
  readonly equal_tensors: number;
  readonly prompts: number;
  /** 0 for a model that returns numbers instead of tokens. */
  readonly new_tokens: number;
  readonly identical_tokens: number;
  readonly max_abs_difference: number;
}

interface CardFacts {
  readonly what: ExportedKind;
  readonly family: FamilyName;
  readonly parameters: number;
  /** Type of the stored weights. */
  readonly dtype: ExportDtype;
  readonly record: CardRecord;
  readonly replay: ReplayReport;
  /** Null for a model without a chat template. */
  readonly chat: ChatForm | null;
}

const TASK: Readonly<Record<ExportedKind, string>> = {
  policy: 'text-generation',
  critic: 'text-classification',
  reward_model: 'text-classification',
};

const CRITIC_HEAD = `The critic is a transformer trunk and a head on its last hidden states that returns one value
per position. In model.safetensors the head is \`value_head.0\`, Linear(d, 2d), then ReLU, then \`value_head.2\`,
Linear(2d, 1); or \`head\`, a single Linear(d, 1).`;

/** Every JSON string is a valid YAML string. */
const quoted = (text: string) => JSON.stringify(text);

function frontMatter({ what, record }: CardFacts): string {
  const tags = ['keel', 'rlhf', ...(record.recipe ? [record.recipe] : []), what.replace('_', '-')];
  const lines = [
    'library_name: transformers',
    `pipeline_tag: ${TASK[what]}`,
    ...(record.name ? [`model_name: ${quoted(record.name)}`] : []),
    'tags:',
    ...tags.map((tag) => `- ${quoted(tag)}`),
  ];
  return ['---', ...lines, '---'].join('\n');
}

/** Escapes text for a table cell or a line, so that it adds no rows, columns or HTML. */
function inline(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return (text ?? '').replace(/[\r\n]+/g, ' ').replace(/[|<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]) => `| ${cells.map(inline).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A local path reveals more about your disk than a card should: only its last part is shown. */
const lastPart = (path: string) => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;

function withoutPaths(value: unknown): unknown {
  if (typeof value === 'string') return /^(?:[A-Za-z]:)?[\\/]/.test(value) ? lastPart(value) : value;
  if (Array.isArray(value)) return value.map(withoutPaths);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutPaths(item)]));
}

function section(title: string, body: string | null): string[] {
  return body ? [`## ${title}\n\n${body}`] : [];
}

function methodText({ method }: CardRecord): string | null {
  if (!method) return null;
  const upper = method.name[0]!.toUpperCase() + method.name.slice(1);
  return `${upper}. ${method.text}${method.source ? `\n\n${method.source}.` : ''}`;
}

function dataText({ inputs }: CardRecord): string | null {
  if (!inputs?.length) return null;
  const rows = inputs.map(({ role, path, sha256, rows: count }) => [role, lastPart(path), count ?? '', sha256]);
  return table(['Role', 'File', 'Rows', 'SHA-256'], rows);
}

function metricsText({ metrics, step = null }: CardRecord): string | null {
  const rows = Object.entries(metrics ?? {}).map(([key, value]) => [key, value ?? 'none']);
  if (rows.length === 0) return null;
  return `${step === null ? '' : `At step ${step}.\n\n`}${table(['Metric', 'Value'], rows)}`;
}

function configText({ config }: CardRecord): string | null {
  return config ? `\`\`\`json\n${JSON.stringify(withoutPaths(config), null, 2)}\n\`\`\`` : null;
}

function replayText({ replay, dtype }: CardFacts): string {
  const tokens = `${replay.identical_tokens} of ${replay.new_tokens} greedy tokens are identical, and `;
  return `The folder was reopened after it was written. ${replay.equal_tensors} of ${replay.tensors} tensors are
bit-identical to the run's${dtype === 'float32' ? '' : ` rounded to ${dtype}`}. On ${replay.prompts} fixed prompts, ${replay.new_tokens > 0 ? tokens : ''}the outputs differ
by at most ${replay.max_abs_difference}${dtype === 'float32' ? '' : " from those of the run's float32 weights"}.`;
}

/** The text of an export's README.md. It contains no path of the machine and no text of the data. */
export function writeModelCard(facts: CardFacts): string {
  const { what, record, family, parameters, dtype } = facts;
  const hasScoreClass = familyOf(family).architectures.score !== null;
  const origin = [
    `Kind: ${what.replace('_', ' ')}. Family: ${family}. Parameters: ${formatCount(parameters)}, stored as ${dtype}.`,
    ...(record.base_model ? [`Started from: ${inline(lastPart(record.base_model))}.`] : []),
    ...(record.run_id ? [`Run: ${inline(record.run_id)}${record.tag ? `, ${inline(record.tag)} state` : ''}.`] : []),
    ...(record.parents?.length ? [`Parent runs: ${record.parents.map(inline).join(', ')}.`] : []),
  ].join('\n');
  const parts = [
    frontMatter(facts),
    `# ${inline(record.name ?? `Keel ${what.replace('_', ' ')}`)}`,
    origin,
    ...section('Quick start', `\`\`\`python\n${quickStart(what, facts.chat, hasScoreClass)}\n\`\`\``),
    ...section('Chat form', what === 'critic' ? null : chatFormText(facts.chat)),
    ...section('Head', what === 'critic' ? CRITIC_HEAD : null),
    ...section('Method', methodText(record)),
    ...section('Data', dataText(record)),
    ...section('Metrics', metricsText(record)),
    ...section('Replay', replayText(facts)),
    ...section('Configuration', configText(record)),
    ...section('Versions', record.versions ? table(['Software', 'Version'], Object.entries(record.versions)) : null),
  ];
  return `${parts.join('\n\n')}\n`;
}
