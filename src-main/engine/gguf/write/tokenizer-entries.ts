import { unsupportedGguf } from '../bad-gguf.ts';
import { scoresOfMerges } from '../tokenizer/piece-merges.ts';
import { BAR, pieceNormalizer } from '../tokenizer/pieces-json.ts';
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
  readonly byte_fallback?: boolean;
  readonly unk_token?: string | null;
}

interface AddedJson {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
}

/** Tokens that llama.cpp looks up in every model whose name contains phi-3 or phi3, and without which it loads none. */
const OF_PHI3 = ['</s>', '<unk>', '<s>', '<|endoftext|>'];

/** A model's name that llama.cpp takes for no other model's. */
export function safeName(name: string, { json }: WrittenTokenizer): string {
  const added = (json.added_tokens ?? []) as readonly AddedJson[];
  const { vocab } = json.model as ModelJson;
  const isToken = (text: string) => Object.hasOwn(vocab, text) || added.some(({ content }) => content === text);
  return OF_PHI3.every(isToken) ? name : name.replace(/phi-?3/gi, 'phi');
}

const KEPT = [
  ...['type', 'pattern', 'behavior', 'invert', 'individual_digits', 'add_prefix_space', 'use_regex'],
  ...['content', 'prepend', 'replacement', 'prepend_scheme', 'split'],
];

/** A token for a byte, in BPE with byte fallback. */
const BYTE = /^<0x[0-9A-F]{2}>$/;
const SPLIT_AT_SPACES = { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false };

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

/** Name of the pre-tokenizer in GGUF. */
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

/** Texts that llama.cpp gives other tokens than the tokenizer does, for whoever exports it. */
export function tokenizerRemarks(tokenizer: WrittenTokenizer): string[] {
  if ((tokenizer.json.model as ModelJson).byte_fallback) return [];
  const { differs } = PRE_TOKENIZERS[preOf(tokenizer)] as PreTokenizer;
  return differs === undefined ? [] : [`llama.cpp may give other tokens to ${differs}.`];
}

/** One token for each row of the embedding; rows without one get an unused token, as llama.cpp's converter does it. */
function tokenLists(model: ModelJson, added: readonly AddedJson[], rows: number) {
  const texts = Array.from({ length: rows }, (_, id) => `[PAD${id}]`);
  const kinds = new Array<number>(rows).fill(TOKEN_KINDS.unused);
  const isPieces = model.byte_fallback ?? false;
  const put = (text: string, id: number, kind: number) => {
    texts[id] = text;
    kinds[id] = kind;
  };
  const kindOf = (text: string) => (isPieces && BYTE.test(text) ? TOKEN_KINDS.byte : TOKEN_KINDS.normal);
  for (const [text, id] of Object.entries(model.vocab)) put(text, id, kindOf(text));
  for (const { id, content, special } of added) {
    if (special) put(content, id, TOKEN_KINDS.control);
    // Runs of spaces are made by merges; user-defined tokens would be taken from the text before.
    else if (!isPieces || !content.includes(BAR)) put(content, id, TOKEN_KINDS.userDefined);
  }
  const unknown = isPieces && model.unk_token ? model.vocab[model.unk_token] : undefined;
  if (unknown !== undefined) kinds[unknown] = TOKEN_KINDS.unknown;
  return { texts, kinds };
}

const pairsOf = ({ merges }: ModelJson) =>
  merges.map((merge) => (typeof merge === 'string' ? merge.split(' ') : merge) as [string, string]);

/** Byte-level BPE, with merges. */
function byteLevelEntries(tokenizer: WrittenTokenizer, model: ModelJson): WrittenEntry[] {
  return [
    ['tokenizer.ggml.model', 'string', 'gpt2'],
    ['tokenizer.ggml.pre', 'string', preOf(tokenizer)],
    ['tokenizer.ggml.merges', 'strings', pairsOf(model).map((pair) => pair.join(' '))],
    ['tokenizer.ggml.add_space_prefix', 'bool', false],
  ];
}

function refusePieces(why: string): never {
  throw unsupportedGguf('tokenizer.json', why, 'Export as hf, and convert the folder with llama.cpp.');
}

/** Whether llama.cpp puts a space before a text; it does so after each special token, too. */
function addsSpace({ json }: WrittenTokenizer): boolean {
  const steps = stepsText(json.normalizer);
  // Splitting at spaces does nothing once they are replaced.
  const splits = stepsText(json.pre_tokenizer);
  const hasNoSplits = splits === '[]' || splits === stepsText(SPLIT_AT_SPACES);
  const found = [true, false].find((adds) => hasNoSplits && steps === stepsText(pieceNormalizer(adds)));
  if (found !== undefined) return found;
  return refusePieces(
    'its steps before the model are not those that llama.cpp has for SentencePiece: a space before the text and after each special token, or none, and ▁ for each space.',
  );
}

/** SentencePiece's BPE, with scores in place of merges. */
function pieceEntries(tokenizer: WrittenTokenizer, model: ModelJson, texts: readonly string[]): WrittenEntry[] {
  const space = addsSpace(tokenizer);
  const scores = scoresOfMerges(pairsOf(model), new Set(texts));
  if (!scores) {
    refusePieces(
      'its merges are not what SentencePiece makes of scores, which is all that GGUF stores: any two tokens that make a third merge, in one order of what they make.',
    );
  }
  const last = -scores.size - 1;
  return [
    ['tokenizer.ggml.model', 'string', 'llama'],
    ['tokenizer.ggml.pre', 'string', 'default'],
    ['tokenizer.ggml.scores', 'float32s', texts.map((text) => scores.get(text) ?? last)],
    ['tokenizer.ggml.add_space_prefix', 'bool', space],
  ];
}

function modelEntriesOf(tokenizer: WrittenTokenizer, texts: readonly string[]): WrittenEntry[] {
  const { json } = tokenizer;
  const model = json.model as ModelJson;
  const isBpe = (model.type ?? 'BPE') === 'BPE';
  if (isBpe && model.byte_fallback) return pieceEntries(tokenizer, model, texts);
  if (isBpe && JSON.stringify(json.decoder ?? null).includes('"ByteLevel"')) return byteLevelEntries(tokenizer, model);
  const why = `its tokenizer is ${model.type ?? 'BPE'}, neither byte-level BPE nor BPE with byte fallback; Keel writes only these as GGUF.`;
  throw unsupportedGguf('tokenizer.json', why, 'Export as hf, and convert the folder with llama.cpp.');
}

/**
 * The keys `tokenizer.…` of a file. @param rows rows of the model's embedding.
 * @throws KeelError `gguf_unsupported` for a tokenizer that llama.cpp would read differently.
 */
export function tokenizerEntries(tokenizer: WrittenTokenizer, rows: number): WrittenEntry[] {
  const model = tokenizer.json.model as ModelJson;
  const { texts, kinds } = tokenLists(model, (tokenizer.json.added_tokens ?? []) as readonly AddedJson[], rows);
  const { bosTokenId, eosTokenId, padTokenId, turnEndId, chatTemplate } = tokenizer;
  const ids = [
    ['bos_token_id', bosTokenId],
    ['eos_token_id', eosTokenId],
    ['eot_token_id', turnEndId],
    ['padding_token_id', padTokenId],
    ['unknown_token_id', kinds.indexOf(TOKEN_KINDS.unknown)],
  ] as const;
  return [
    ...modelEntriesOf(tokenizer, texts),
    ['tokenizer.ggml.tokens', 'strings', texts],
    ['tokenizer.ggml.token_type', 'int32s', kinds],
    ...ids.flatMap(([key, id]): WrittenEntry[] =>
      id === null || id < 0 ? [] : [[`tokenizer.ggml.${key}`, 'uint32', id]],
    ),
    ['tokenizer.ggml.add_bos_token', 'bool', tokenizer.addsBos],
    ...(chatTemplate === null ? [] : [['tokenizer.chat_template', 'string', chatTemplate] as const]),
  ];
}
