import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BYTE_TO_CHAR } from '#engine/tokenizer/bpe/byte-alphabet.ts';

export interface SmallTokenizer {
  /** Added tokens, whose ids count from 0; a name that ends in `~` is added as an ordinary one, without the mark. */
  readonly added: readonly string[];
  readonly eos: string;
  readonly pad?: string;
  readonly chatTemplate?: string;
  /** Number of words `w0`, `w1`, … between blanks, after the added tokens. Without it, every byte is a token. */
  readonly words?: number;
  /** Other JSON files of the folder, by name. */
  readonly files?: Readonly<Record<string, unknown>>;
}

const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

function modelOf({ added, words }: SmallTokenizer) {
  const own = words === undefined ? [...BYTE_TO_CHAR] : Array.from({ length: words }, (_, index) => `w${index}`);
  const tokens = [...added.map((name) => name.replace(/~$/, '')), ...own];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  if (words === undefined) return { type: 'BPE', unk_token: null, vocab, merges: [] };
  return { type: 'WordLevel', vocab, unk_token: 'w0' };
}

/** Writes the tokenizer files of a model folder; by default to a new temporary folder. Returns the folder. */
export function writeSmallTokenizer(made: SmallTokenizer, folder = mkdtempSync(join(tmpdir(), 'tokenizer-'))): string {
  mkdirSync(folder, { recursive: true });
  const { eos, pad, chatTemplate, words } = made;
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: made.added.map((name, id) => ({
      id,
      content: name.replace(/~$/, ''),
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: !name.endsWith('~'),
    })),
    normalizer: null,
    pre_tokenizer: words === undefined ? BYTE_LEVEL : { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: words === undefined ? BYTE_LEVEL : null,
    model: modelOf(made),
  };
  const config = {
    eos_token: eos,
    ...(pad !== undefined && { pad_token: pad }),
    ...(chatTemplate !== undefined && { chat_template: chatTemplate }),
  };
  const files = { 'tokenizer.json': json, 'tokenizer_config.json': config, ...made.files };
  for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(value));
  return folder;
}
