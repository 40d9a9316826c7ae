import {
  type GroupDifference,
  type ModelDifference,
  modelDifferenceSchema,
  TENSOR_KINDS,
} from '#contract/api/library/model-difference.ts';
import { counted, formatCount } from '#contract/format.ts';
import { columns } from '../output.ts';
import { printable } from './render-dataset-report.ts';

const LISTED = 10;
const VALUE_CHARACTERS = 60;

const digits = (value: number) => (value === 0 ? '=' : value.toExponential(1));

function shown(value: unknown): string {
  const text = printable(value === undefined ? '–' : JSON.stringify(value));
  return text.length > VALUE_CHARACTERS ? `${text.slice(0, VALUE_CHARACTERS)}…` : text;
}

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > LISTED ? `, and ${formatCount(names.length - LISTED)} more` : '';
  return [`${what}: ${names.slice(0, LISTED).map(printable).join(', ')}${more}`];
}

function sideLines({ a, b }: ModelDifference): string {
  const line = (name: string, { path, family, parameters, dtypes }: ModelDifference['a']) => [
    name,
    path,
    `${family}, ${formatCount(parameters)} parameters, ${dtypes.join(', ')}`,
  ];
  return columns([line('A', a), line('B', b)]);
}

function configLines({ config }: ModelDifference): string[] {
  if (config.length === 0) return ['config: equal'];
  const rows = config.map(({ field, a, b }) => [printable(field), shown(a), shown(b)]);
  return [columns([['CONFIG', 'A', 'B'], ...rows])];
}

interface LayerRow {
  readonly label: string;
  readonly cells: readonly string[];
}

/** Rows whose cells are the same, with their layers as a range. */
function folded(rows: readonly LayerRow[]): readonly LayerRow[] {
  const out: { first: string; last: string; cells: readonly string[] }[] = [];
  for (const { label, cells } of rows) {
    const before = out.at(-1);
    if (before && label !== '' && before.first !== '' && before.cells.join() === cells.join()) before.last = label;
    else out.push({ first: label, last: label, cells });
  }
  return out.map(({ first, last, cells }) => ({ label: first === last ? first : `${first}–${last}`, cells }));
}

/** Relative differences by layer and kind, with the largest absolute difference of each layer. */
function groupTable(groups: readonly GroupDifference[]): string {
  const kinds = TENSOR_KINDS.filter((kind) => groups.some((group) => group.kind === kind));
  const layers = [...new Set(groups.map(({ layer }) => layer))].sort((one, other) => (one ?? -1) - (other ?? -1));
  const rows = layers.map((layer): LayerRow => {
    const own = groups.filter((group) => group.layer === layer);
    const cells = kinds.map((kind) => {
      const found = own.find((group) => group.kind === kind);
      return found ? digits(found.relative) : '';
    });
    return {
      label: layer === null ? 'none' : String(layer),
      cells: [...cells, digits(Math.max(...own.map(({ max_abs }) => max_abs)))],
    };
  });
  const table = folded(rows).map(({ label, cells }) => [label, ...cells]);
  return columns([['LAYER', ...kinds.map((kind) => kind.toUpperCase()), 'MAX ABS'], ...table]);
}

function tensorLines(difference: ModelDifference): string[] {
  const { tensors, groups, shapes, only_in_a, only_in_b } = difference;
  const differing = tensors.filter(({ max_abs }) => max_abs > 0).length;
  const other = shapes.map(({ name, a, b }) => `${name} [${a.join(', ')}] and [${b.join(', ')}]`);
  const missing = [
    ...listed('only in A', only_in_a),
    ...listed('only in B', only_in_b),
    ...listed('other shapes', other),
  ];
  if (differing === 0) return [`tensors: ${counted(tensors.length, 'tensor')} equal bit for bit`, ...missing];
  return [
    `tensors: ${formatCount(differing)} of ${formatCount(tensors.length)} differ; norm of the difference over norm of A:`,
    groupTable(groups),
    ...missing,
  ];
}

const TEMPLATES = {
  equal: 'chat template: equal',
  differs: 'chat template: differs',
  none: 'chat template: none in either',
  only_in_a: 'chat template: only in A',
  only_in_b: 'chat template: only in B',
} as const;

function tokenizerLines({ tokenizer }: ModelDifference): string[] {
  if ('error' in tokenizer) return [`tokenizer: not compared: ${tokenizer.error}`];
  const { other_tokens, other_texts, stop_tokens_equal, chat_template } = tokenizer;
  const differences = [
    ...(other_tokens > 0 ? [`${counted(other_tokens, 'id')} with another token`] : []),
    ...(other_texts.length > 0 ? [`${counted(other_texts.length, 'fixed text')} with other ids`] : []),
    ...(stop_tokens_equal ? [] : ['other stop tokens']),
  ];
  return [`tokenizer: ${differences.join(', ') || 'equal'}`, TEMPLATES[chat_template]];
}

/** Two models for people: a line if they are equal, otherwise what differs and by how much. */
export function renderDifference(result: unknown): string {
  const difference = modelDifferenceSchema.parse(result);
  if (difference.equal) {
    return `The models are equal: ${counted(difference.tensors.length, 'tensor')} bit for bit, config, tokenizer, and chat template.`;
  }
  const parts = [[sideLines(difference)], configLines(difference), tensorLines(difference), tokenizerLines(difference)];
  return parts.map((lines) => lines.join('\n')).join('\n\n');
}

/** Every tensor with its differences, the most different first. */
export function renderTensorDifferences(result: unknown): string {
  const { tensors } = modelDifferenceSchema.parse(result);
  const rows = tensors
    .toSorted((one, other) => other.relative - one.relative)
    .map(({ name, shape, relative, max_abs }) => [name, shape.join('×'), digits(relative), digits(max_abs)]);
  return columns([['TENSOR', 'SHAPE', 'RELATIVE', 'MAX ABS'], ...rows]);
}
