import { unsupportedGguf } from '../bad-gguf.ts';
import { PRE_TOKENIZERS, type PreTokenizer } from '../tokenizer/pre-tokenizers.ts';
import { TOKEN_KINDS } from '../tokenizer/token-list.ts';
import type { WrittenEntry } from './header-bytes.ts';

/** What GGUF needs of a tokenizer: its tokenizer.json, and what the tokenizer found in its other files. */
export interface WrittenTokenizer {
  readonly json: Readonly<Record<string, unknown>>;
  readonly chatTemplate: string | null;
  readonly bosTokenId: number | null;
  readonly eosTokenId: number;
  /** Null if the tokenizer declares none. */
  readonly padTokenId: number | null;
  /** The token that ends a turn, if it is not EOS. */
  readonly turnEndId: number | null;
  /** Whether a text starts with BOS. */
  readonly addsBos: boolean;
}

interface ModelJson {
  readonly type?: string;
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly (string | readonly string[])[];
  readonly ignore_merges?: boolean;
}

interface AddedJson {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
}

const KEPT = ['type', 'pattern', 'behavior', 'invert', 'individual_digits', 'add_prefix_space', 'use_regex'];

/** Steps as a text in which equal steps are equal: nested lists are flat, and fields without effect on ids are gone. */
function stepsText(step: unknown): string {
  const flat = (one: Record<string, unknown> | null): object[] => {
    if (one === null || one === undefined) return [];
    const nested = one.pretokenizers ?? one.normalizers;
    if (Array.isArray(nested)) return nested.flatMap(flat);
    const defaults = one.type === 'ByteLevel' ? { use_regex: true } : {};
    const all: Record<string, unknown> = { ...defaults, ...one };
    return [Object.fromEntries(KEPT.filter((name) => name in all).map((name) => [name, all[name]]))];
  };
  return JSON.stringify(flat(step as Record<string, unknown> | null));
}

function preOf({ json }: WrittenTokenizer): string {
  const model = json.model as ModelJson;
  const isSame = ({ normalizer, steps, ignoresMerges = false }: PreTokenizer) =>
    stepsText(normalizer) === stepsText(json.normalizer) &&
    stepsText(steps) === stepsText(json.pre_tokenizer) &&
    ignoresMerges === (model.ignore_merges ?? false);
  const found = Object.entries(PRE_TOKENIZERS).find(([, pre]) => isSame(pre));
  if (found) return found[0];
  const known = Object.keys(PRE_TOKENIZERS).join(', ');
  const why = `its tokenizer splits text like none of the pre-tokenizers that Keel writes as GGUF: ${known}.`;
  throw unsupportedGguf('tokenizer.json', why, 'Export as hf, and convert the folder with llama.cpp.');
}

/** One token for each row of the embedding; rows without one get an unused token, as llama.cpp's converter does it. */
function tokenLists(model: ModelJson, added: readonly AddedJson[], rows: number) {
  const texts = Array.from({ length: rows }, (_, id) => `[PAD${id}]`);
  const kinds = new Array<number>(rows).fill(TOKEN_KINDS.unused);
  const put = (text: string, id: number, kind: number) => {
    texts[id] = text;
    kinds[id] = kind;
  };
  for (const [text, id] of Object.entries(model.vocab)) put(text, id, TOKEN_KINDS.normal);
  for (const { id, content, special } of added) {
    put(content, id, special ? TOKEN_KINDS.control : TOKEN_KINDS.userDefined);
  }
  return { texts, kinds };
}

function requireByteLevel({ json }: WrittenTokenizer): ModelJson {
  const model = json.model as ModelJson;
  if ((model.type ?? 'BPE') === 'BPE' && JSON.stringify(json.decoder ?? null).includes('"ByteLevel"')) return model;
  const why = `its tokenizer is ${model.type ?? 'BPE'}, not byte-level BPE; Keel writes only that kind as GGUF.`;
  throw unsupportedGguf('tokenizer.json', why, 'Export as hf, and convert the folder with llama.cpp.');
}

/**
 * The keys `tokenizer.…` of a file. @param rows rows of the model's embedding.
 * @throws KeelError `gguf_unsupported` for a tokenizer that llama.cpp would read differently.
 */
export function tokenizerEntries(tokenizer: WrittenTokenizer, rows: number): WrittenEntry[] {
  const model = requireByteLevel(tokenizer);
  const pre = preOf(tokenizer);
  const { texts, kinds } = tokenLists(model, (tokenizer.json.added_tokens ?? []) as readonly AddedJson[], rows);
  const merges = model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
  const { bosTokenId, eosTokenId, padTokenId, turnEndId, chatTemplate } = tokenizer;
  const ids = [
    ['bos_token_id', bosTokenId],
    ['eos_token_id', eosTokenId],
    ['eot_token_id', turnEndId],
    ['padding_token_id', padTokenId],
  ] as const;
  return [
    ['tokenizer.ggml.model', 'string', 'gpt2'],
    ['tokenizer.ggml.pre', 'string', pre],
    ['tokenizer.ggml.tokens', 'strings', texts],
    ['tokenizer.ggml.token_type', 'int32s', kinds],
    ['tokenizer.ggml.merges', 'strings', merges],
    ...ids.flatMap(([key, id]): WrittenEntry[] => (id === null ? [] : [[`tokenizer.ggml.${key}`, 'uint32', id]])),
    ['tokenizer.ggml.add_bos_token', 'bool', tokenizer.addsBos],
    ['tokenizer.ggml.add_space_prefix', 'bool', false],
    ...(chatTemplate === null ? [] : [['tokenizer.chat_template', 'string', chatTemplate] as const]),
  ];
}
