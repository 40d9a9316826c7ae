import { type Inspection, inspectionSchema, type TensorFacts } from '#contract/api/library/model-library.ts';
import { counted, formatBytes, formatCount, formatDigits } from '#contract/format.ts';
import { columns } from '../output.ts';
import { printable } from './render-dataset-report.ts';
import { stopLines } from './render-stop-tokens.ts';

type Line = readonly [name: string, text: string];

/** Bytes of a stored value by its safetensors name. */
const DTYPE_BYTES: Readonly<Record<string, number>> = { F64: 8, I64: 8, F32: 4, F16: 2, BF16: 2, I8: 1, U8: 1 };
const DTYPE_NAMES: Readonly<Record<string, string>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
};
/** What a run keeps per parameter in float32: weights, gradient, and the two moments of AdamW. */
const TRAINED_BYTES = 16;
const FROZEN_BYTES = 4;
const TEMPLATE_CHARACTERS = 120;

const KINDS: Readonly<Record<string, string>> = {
  lm: 'language model',
  score: 'reward model (one score per text)',
  value: 'critic (one value per position)',
  linear: 'critic (one value per position)',
};

const USES: Readonly<Record<string, string>> = {
  lm: '`model` of every recipe; keel generate, keel score',
  score: '`reward.model` of online recipes, `critic.init`; keel reward',
  value: '`critic` of online recipes',
  linear: '`critic` of online recipes',
};

function storedBytes(tensors: readonly TensorFacts[]): readonly Line[] {
  const counts = new Map<string, number>();
  for (const { dtype, count } of tensors) counts.set(dtype, (counts.get(dtype) ?? 0) + count);
  const each = [...counts].map(([dtype, count]) => {
    const bytes = DTYPE_BYTES[dtype];
    return `${bytes ? formatBytes(bytes * count) : counted(count, 'value')} ${DTYPE_NAMES[dtype] ?? dtype}`;
  });
  return [['weights', `${counted(tensors.length, 'tensor')}, ${each.join(', ')}`]];
}

function shapeLines({ shape }: Inspection): readonly Line[] {
  const of = (name: string) => formatCount(Number(shape[name]));
  const heads = shape.num_heads === shape.num_kv_heads ? '' : `, ${of('num_kv_heads')} for keys and values`;
  const tied = shape.tie_word_embeddings === true ? ', tied to the output' : '';
  return [
    ['shape', `${of('num_layers')} layers of width ${of('hidden_size')}, ${of('num_heads')} heads${heads}`],
    ['context', `${of('context')} tokens`],
    ['embedding', `${of('vocab_size')} rows${tied}`],
  ];
}

function templateText(chat: Exclude<Inspection['tokenizer'], { error: unknown }>['chat_template']): string {
  if (chat === null) return 'none: prompts are plain text';
  if ('error' in chat) return `cannot be used: ${chat.error.why}`;
  const shown = printable(chat.text);
  return shown.length > TEMPLATE_CHARACTERS ? `${shown.slice(0, TEMPLATE_CHARACTERS)}…` : shown;
}

function tokenizerLines({ tokenizer }: Inspection): readonly Line[] {
  if ('error' in tokenizer) return [['tokenizer', `cannot be used: ${tokenizer.error.why} ${tokenizer.error.fix}`]];
  const { vocab_size: size, fits_embedding: fits, chat_template: chat, self_test: test } = tokenizer;
  const trouble = [
    ...(fits ? [] : ['more than the embedding has rows']),
    ...(test.all_equal ? [] : ['some texts come back changed (--json shows which)']),
  ];
  return [
    ['tokenizer', [`${formatCount(size)} tokens`, ...trouble].join('; ')],
    ['template', templateText(chat)],
  ];
}

/** Lower bounds from the number of parameters; activations come on top of them. */
function memoryLines({ parameters, head }: Inspection, available: number): readonly Line[] {
  const needs: readonly (readonly [string, number])[] =
    head === 'lm'
      ? [
          ['generate or score', FROZEN_BYTES],
          ['sft', TRAINED_BYTES],
          ['policy, critic, and reference of an online recipe', 2 * TRAINED_BYTES + FROZEN_BYTES],
        ]
      : [
          ['scoring', FROZEN_BYTES],
          ['training', TRAINED_BYTES],
        ];
  const fits = (bytes: number) => (bytes <= available ? 'fits' : 'does not fit');
  return needs.map(([what, each], index) => {
    const bytes = each * parameters;
    return [index === 0 ? 'memory' : '', `${what}: above ${formatBytes(bytes)} (${fits(bytes)})`];
  });
}

/**
 * A model for people: what it is, its sizes, template, and stop tokens, what it is for, and what fits.
 * @param available bytes of memory that a new process can use
 */
export function renderInspection(result: unknown, available: number): string {
  const inspection = inspectionSchema.parse(result);
  const { family, head, parameters, faults, tensors } = inspection;
  const lines: Line[] = [
    ['kind', `${KINDS[head] ?? head}, family ${family}`],
    ['parameters', formatCount(parameters)],
    ...shapeLines(inspection),
    ...storedBytes(tensors),
    ...tokenizerLines(inspection),
    ['use', USES[head] ?? 'keel score'],
    ...memoryLines(inspection, available),
    ['', `of ${formatBytes(available)} available here; keel run CONFIG --preflight measures a run exactly`],
  ];
  const problems = faults.map(({ where, why }) => `problem: ${where} ${why}`);
  const state = problems.length === 0 ? ['All weights are finite and match the config.'] : problems;
  return [columns(lines), stopLines(inspection), state.join('\n')].filter((part) => part !== '').join('\n\n');
}

const HEADINGS = ['TENSOR', 'SHAPE', 'DTYPE', 'MEAN', 'STD', 'MIN', 'MAX', 'ZEROS', 'NAN', 'INF'];

/** The statistics of each tensor; statistics are over its finite values. */
export function renderTensors(result: unknown): string {
  const { tensors } = inspectionSchema.parse(result);
  const digits = (value: number | null) => (value === null ? '' : formatDigits(value, 4));
  const rows = tensors.map(({ name, shape, dtype, mean, deviation, minimum, maximum, zeros, nan, infinite }) => {
    const statistics = [mean, deviation, minimum, maximum].map(digits);
    return [name, shape.join('×'), dtype, ...statistics, ...[zeros, nan, infinite].map(formatCount)];
  });
  return columns([HEADINGS, ...rows]);
}
