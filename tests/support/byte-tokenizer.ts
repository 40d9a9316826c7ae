import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BYTE_TO_CHAR } from '#engine/tokenizer/bpe/byte-alphabet.ts';

const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const SPECIAL = ['<pad>', '<s>', '</s>'];

/** Writes a byte-level tokenizer with as many tokens as a small model has rows, the bytes of UTF-8 from 0 on. */
export function writeByteTokenizer(folder: string, rows: number): void {
  const bytes = [...BYTE_TO_CHAR].slice(0, rows - SPECIAL.length);
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: BYTE_LEVEL,
    post_processor: null,
    decoder: BYTE_LEVEL,
    model: {
      type: 'BPE',
      unk_token: null,
      vocab: Object.fromEntries([...SPECIAL, ...bytes].map((token, id) => [token, id])),
      merges: [],
    },
  };
  const config = { bos_token: '<s>', eos_token: '</s>', pad_token: '<pad>' };
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(json));
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
}
