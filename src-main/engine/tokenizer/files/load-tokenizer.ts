import { KeelError } from '#contract/errors.ts';
import type { Message, TemplateInputs } from '../../records.ts';
import { ChatRenderer } from '../chat/render-chat.ts';
import { turnEndOf } from '../chat/turn-end.ts';
import { TextEncoding } from '../encode-text.ts';
import { readSurroundings } from '../post-processor.ts';
import { makeNormalizer } from '../steps/text-to-words.ts';
import { makeTokenJoiner } from '../steps/token-decoder.ts';
import { type StopTokens, stopTokensOf } from '../stop-tokens.ts';
import type { ChatEncoding, ChatOptions, EncodeOptions, Tokenizer, TokenizerFile } from '../tokenizer.ts';
import { checkTokenizerJson } from './check-tokenizer-json.ts';
import { filesToCopy, objectOf, readTokenizerFiles, type TokenizerFiles, textOf } from './read-tokenizer-files.ts';
import { declaredSpecial, declaredSpecials, findBos, findEos, findPad } from './special-tokens.ts';
import type { TokenizerJson } from './tokenizer-json.ts';
import { Vocabulary } from './vocabulary.ts';

function mergeLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line, index) => line !== '' && !(index === 0 && line.startsWith('#version')));
}

/**
 * A `tokenizer.json` from the older pair vocab.json + merges.txt (GPT-2). `specials` are the special tokens listed in
 * tokenizer_config.json or special_tokens_map.json; those in the vocabulary become added tokens.
 */
function tokenizerJsonOfGpt2Files(files: TokenizerFiles, specials: readonly string[]): TokenizerJson {
  const merges = textOf(files, 'merges.txt');
  if (merges === null) {
    throw new KeelError({
      code: 'tokenizer.missing_merges',
      why: 'The folder has a vocab.json but no merges.txt, which is required to split text into tokens.',
      fix: 'Add the merges.txt that was published with the model, or its tokenizer.json.',
    });
  }
  const vocab = objectOf(files, 'vocab.json') as Readonly<Record<string, number>>;
  const named = new Set([...specials, '<|endoftext|>']);
  const added = [...named].flatMap((content) => {
    const id = Object.hasOwn(vocab, content) ? vocab[content] : undefined;
    return id === undefined ? [] : [{ id, content, special: true, normalized: false }];
  });
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    added_tokens: added.sort((a, b) => a.id - b.id),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: { type: 'BPE', unk_token: null, vocab, merges: mergeLines(merges) },
  };
}

function readTokenizerJson(files: TokenizerFiles, folder: string): TokenizerJson {
  if (files.has('tokenizer.json')) {
    const json = objectOf(files, 'tokenizer.json') as Partial<TokenizerJson>;
    if (typeof json.model === 'object' && json.model !== null) {
      const none = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
      return { ...none, ...json, model: json.model, added_tokens: json.added_tokens ?? [] };
    }
  } else if (files.has('vocab.json')) return tokenizerJsonOfGpt2Files(files, declaredSpecials(files));
  throw new KeelError({
    code: 'tokenizer.missing',
    why: files.has('tokenizer.json')
      ? `${folder}/tokenizer.json contains no model.`
      : `${folder} has neither tokenizer.json nor vocab.json.`,
    fix: files.has('tokenizer.model')
      ? 'The folder has only the SentencePiece file tokenizer.model. Convert it once with transformers ' +
        '(AutoTokenizer, save_pretrained).'
      : 'Add the tokenizer files that were published with the model.',
  });
}

function chatTemplateOf(files: TokenizerFiles): string | null {
  const ownFile = textOf(files, 'chat_template.jinja');
  if (ownFile !== null) return ownFile;
  const value =
    objectOf(files, 'chat_template.json').chat_template ?? objectOf(files, 'tokenizer_config.json').chat_template;
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const named = value as readonly { readonly name?: unknown; readonly template?: unknown }[];
  const template = (named.find((entry) => entry.name === 'default') ?? named[0])?.template;
  return typeof template === 'string' ? template : null;
}

/** An exported model needs a tokenizer.json even if the tokenizer was loaded from vocab.json + merges.txt. */
function withTokenizerJson(files: TokenizerFiles, json: TokenizerJson): TokenizerFile[] {
  const copies = filesToCopy(files);
  if (files.has('tokenizer.json')) return copies;
  const text = JSON.stringify({ version: '1.0', truncation: null, padding: null, ...json });
  return [...copies, { name: 'tokenizer.json', bytes: new TextEncoder().encode(text) }];
}

/** The special tokens that a template receives if the tokenizer has them; one that it lacks is undefined, not None. */
const TEMPLATE_TOKENS = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;

function makeChatRenderer(files: TokenizerFiles, template: string | null, vocabulary: Vocabulary) {
  if (template === null) return null;
  const tokens = TEMPLATE_TOKENS.flatMap((name): [string, string][] => {
    const token = declaredSpecial(files, name);
    return token === null ? [] : [[name, token]];
  });
  return new ChatRenderer(template, vocabulary.specialTokens, Object.fromEntries(tokens));
}

/** What a chat template does for a tokenizer; every function throws `tokenizer.no_chat_template` if there is none. */
function makeChat(loaded: ChatRenderer | null, encoding: TextEncoding) {
  const renderer = (): ChatRenderer => {
    if (loaded === null) throw noTemplate();
    return loaded;
  };
  return {
    applyChatTemplate: (messages: readonly Message[], options: ChatOptions = {}): ChatEncoding => {
      const { stretches, changed, removeGuard } = renderer().render(messages, renderOptions(options));
      const parts = stretches.map(({ text, turn }, index) => ({
        ids: encoding.encode(text, { allowSpecialText: true, clean: removeGuard, atStart: index === 0 }),
        turn,
      }));
      const turns = parts.flatMap(({ ids, turn }) => ids.map(() => turn));
      return {
        text: removeGuard(stretches.map((stretch) => stretch.text).join('')),
        ids: parts.flatMap((part) => part.ids),
        assistantTokens: turns.map((turn) => turn !== null),
        turns,
        changedTurns: changed,
      };
    },
    renderChat: (messages: readonly Message[], options: ChatOptions = {}) =>
      renderer().text(messages, renderOptions(options)),
    changedTurns: (messages: readonly Message[], template?: TemplateInputs) =>
      renderer().changedTurns(messages, template ?? null),
    joinsParts: () => renderer().joinsParts(),
    asksForDate: () => renderer().asksForDate(),
  };
}

function renderOptions({ addGenerationPrompt = false, allowSpecialText = false, template }: ChatOptions) {
  return { addGenerationPrompt, parsesSpecials: allowSpecialText, template: template ?? null };
}

const NO_INPUTS = { addGenerationPrompt: false, template: null };

function findStopTokens(
  files: TokenizerFiles,
  json: TokenizerJson,
  vocabulary: Vocabulary,
  renderer: ChatRenderer | null,
  eosTokenId: number,
): StopTokens {
  const config = objectOf(files, 'config.json');
  return stopTokensOf({
    eosTokenId,
    config: config.eos_token_id,
    generationConfig: objectOf(files, 'generation_config.json').eos_token_id,
    turnEndId: renderer && turnEndOf((messages) => renderer.text(messages, NO_INPUTS), json.added_tokens),
    size: typeof config.vocab_size === 'number' ? Math.max(config.vocab_size, vocabulary.size) : vocabulary.size,
    tokenOf: (id) => vocabulary.tokenOf(id),
  });
}

function noTemplate(): KeelError {
  return new KeelError({
    code: 'tokenizer.no_chat_template',
    why: 'The data is conversational, but the tokenizer has no chat template.',
    fix: 'Add chat_template.jinja to the model folder, or use data with plain text.',
  });
}

/**
 * Loads the tokenizer of a model folder: tokenizer.json, or GPT-2's vocab.json + merges.txt.
 * Throws `tokenizer.missing`, `.unreadable_file`, `.bad_json`, `.invalid`, `.missing_merges`, `.no_eos`, `.no_pad`.
 */
export function loadTokenizer(folder: string): Tokenizer {
  const files = readTokenizerFiles(folder);
  const json = readTokenizerJson(files, folder);
  checkTokenizerJson(json);
  const vocabulary = new Vocabulary(json, makeNormalizer(json));
  const encoding = new TextEncoding(json);
  const surroundings = readSurroundings(json);
  const join = makeTokenJoiner(json);
  const eosTokenId = findEos(files, vocabulary);
  const pad = findPad(files, vocabulary, eosTokenId);
  const chatTemplate = chatTemplateOf(files);
  const renderer = makeChatRenderer(files, chatTemplate, vocabulary);
  // Rendering a template takes a while, and not every job generates.
  let stopTokens: StopTokens | null = null;
  return {
    vocabSize: vocabulary.size,
    eosTokenId,
    bosTokenId: findBos(files, vocabulary),
    padTokenId: pad.id,
    padSource: pad.source,
    get stopTokens() {
      stopTokens ??= findStopTokens(files, json, vocabulary, renderer, eosTokenId);
      return stopTokens;
    },
    chatTemplate,
    specialTokens: vocabulary.specialTokens,
    files: withTokenizerJson(files, json),
    encode: (text, { addSpecialTokens = true, allowSpecialText = false }: EncodeOptions = {}) => {
      const ids = encoding.encode(text, { allowSpecialText });
      if (addSpecialTokens === false) return ids;
      return [...surroundings.prefix, ...ids, ...(addSpecialTokens === 'prefix' ? [] : surroundings.suffix)];
    },
    decode: (ids, { skipSpecialTokens = false } = {}) => join(vocabulary.tokensOf(ids, skipSpecialTokens)),
    ...makeChat(renderer, encoding),
    tokenOfId: (id) => vocabulary.tokenOf(id),
    idOfToken: (token) => vocabulary.idOf(token),
    isSpecial: (id) => vocabulary.isSpecial(id),
  };
}
