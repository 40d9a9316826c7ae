import { toByteAlphabet } from '../bpe/byte-alphabet.ts';
import { flattenSteps, type StepJson, type TokenizerJson } from '../files/tokenizer-json.ts';
import { makeSteps } from './made-step.ts';
import { NORMALIZERS, type Normalize } from './normalize-steps.ts';
import { PRE_TOKENIZERS, type SplitWords } from './split-steps.ts';

export interface WordSplitter {
  readonly split: SplitWords;
  /** True if the words are raw text whose bytes are the model's symbols. */
  readonly byteLevel: boolean;
}

/** The normalizer of a tokenizer file as one function. */
export function makeNormalizer(json: TokenizerJson): Normalize {
  const steps = makeSteps(flattenSteps(json.normalizer, 'normalizers'), NORMALIZERS);
  return (text) => steps.reduce((current, step) => step(current), text);
}

const encoder = new TextEncoder();
const inByteAlphabet = (word: string) => toByteAlphabet(encoder.encode(word));

/**
 * The pre-tokenizer of a tokenizer file as one function. With `rawBytes`, the model reads raw text: a `ByteLevel` step
 * at the end then leaves its words unchanged instead of writing their bytes in the printable alphabet.
 */
export function makeWordSplitter(json: TokenizerJson, rawBytes: boolean): WordSplitter {
  const steps = flattenSteps(json.pre_tokenizer, 'pretokenizers');
  const byteLevel = rawBytes && steps.at(-1)?.type === 'ByteLevel';
  const spellsBytes = (step: StepJson, index: number) =>
    step.type === 'ByteLevel' && !(byteLevel && index === steps.length - 1);
  const functions = makeSteps(steps, PRE_TOKENIZERS).map((split, index): SplitWords => {
    if (!spellsBytes(steps[index] as StepJson, index)) return split;
    return (word, atStart) => split(word, atStart).map(inByteAlphabet);
  });
  const split: SplitWords = (text, atStart) =>
    functions.reduce(
      (words, step, index) => words.flatMap((word) => step(word, atStart && index === 0)),
      text === '' ? [] : [text],
    );
  return { byteLevel, split };
}
