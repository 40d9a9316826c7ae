import { KeelError } from '#contract/errors.ts';
import type { PadSource } from '../tokenizer.ts';
import { objectOf, type TokenizerFiles } from './read-tokenizer-files.ts';

export type SpecialName =
  | 'eos_token'
  | 'bos_token'
  | 'pad_token'
  | 'unk_token'
  | 'sep_token'
  | 'cls_token'
  | 'mask_token';

const USUAL_PADS = ['<|pad|>', '<|padding|>', '<pad>', '[PAD]', '<|finetune_right_pad_id|>', '<|endofpad|>'];
const USUAL_ENDS = ['<|endoftext|>', '</s>', '<|eot_id|>', '<|im_end|>', '<|end_of_text|>'];

function contentOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const isObject = typeof value === 'object' && value !== null;
  return isObject && 'content' in value && typeof value.content === 'string' ? value.content : null;
}

/**
 * A special token's text as declared in the tokenizer's files; tokenizer_config.json takes precedence over the older
 * map.
 */
export function declaredSpecial(files: TokenizerFiles, name: SpecialName): string | null {
  const config = objectOf(files, 'tokenizer_config.json');
  const map = objectOf(files, 'special_tokens_map.json');
  return contentOf(config[name]) ?? contentOf(map[name]);
}

/** Every special token declared in the tokenizer's files. */
export function declaredSpecials(files: TokenizerFiles): string[] {
  const names: readonly SpecialName[] = ['eos_token', 'bos_token', 'pad_token', 'unk_token'];
  return names.flatMap((name) => declaredSpecial(files, name) ?? []);
}

interface Vocabulary {
  readonly size: number;
  idOf(token: string): number | null;
  tokenOf(id: number): string | null;
}

function modelEosId(files: TokenizerFiles): number | null {
  for (const name of ['generation_config.json', 'config.json'] as const) {
    const value = objectOf(files, name).eos_token_id;
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first === 'number') return first;
  }
  return null;
}

/**
 * The end-of-sequence id. Throws `tokenizer.no_eos`: without it, no response has an end that can be learned or sampled.
 */
export function findEos(files: TokenizerFiles, vocabulary: Vocabulary): number {
  const declared = declaredSpecial(files, 'eos_token');
  const declaredId = declared === null ? null : vocabulary.idOf(declared);
  if (declaredId !== null) return declaredId;
  const ofModel = declared === null ? modelEosId(files) : null;
  if (ofModel !== null && vocabulary.tokenOf(ofModel) !== null) return ofModel;
  const usual = declared === null ? USUAL_ENDS.map((token) => vocabulary.idOf(token)).find((id) => id !== null) : null;
  if (usual !== undefined && usual !== null) return usual;
  throw new KeelError({
    code: 'tokenizer.no_eos',
    why:
      declared === null
        ? 'The tokenizer has no end-of-sequence token.'
        : `The tokenizer's eos_token ${JSON.stringify(declared)} is not in its vocabulary.`,
    fix: 'Set one of its tokens as "eos_token" in tokenizer_config.json.',
  });
}

/** The begin-of-sequence id; null if the tokenizer declares none. */
export function findBos(files: TokenizerFiles, vocabulary: Vocabulary): number | null {
  const declared = declaredSpecial(files, 'bos_token');
  return declared === null ? null : vocabulary.idOf(declared);
}

/** A padding id that differs from EOS; see {@link PadSource}. */
export function findPad(
  files: TokenizerFiles,
  vocabulary: Vocabulary,
  eosId: number,
): { readonly id: number; readonly source: PadSource } {
  const declared = declaredSpecial(files, 'pad_token');
  const declaredId = declared === null ? null : vocabulary.idOf(declared);
  if (declaredId !== null && declaredId !== eosId) return { id: declaredId, source: 'declared' };
  const usual = USUAL_PADS.map((token) => vocabulary.idOf(token)).find((id) => id !== null && id !== eosId);
  if (usual !== undefined && usual !== null) return { id: usual, source: 'found' };
  for (let id = 0; id < vocabulary.size; id++) {
    if (id !== eosId && vocabulary.tokenOf(id) !== null) return { id, source: 'borrowed' };
  }
  throw new KeelError({
    code: 'tokenizer.no_pad',
    why: 'The tokenizer has no tokens other than its end-of-sequence token.',
    fix: 'Use the tokenizer files that were published with the model.',
  });
}
