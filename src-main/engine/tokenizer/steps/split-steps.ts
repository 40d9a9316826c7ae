import type { StepJson } from '../files/tokenizer-json.ts';
import type { Made, StepMakers } from './made-step.ts';
import { isSplitBehavior, type SplitBehavior, splitBy, splitIsolated } from './split-behavior.ts';
import { compilePattern, GPT2_PATTERN, literalPattern } from './split-patterns.ts';
import { patternOf } from './step-pattern.ts';
import { NUMERIC, PUNCTUATION, WHITE_SPACE, WORD } from './unicode-classes.ts';

/** Splits a normalized section of text into words; `atStart` means that no text precedes it. */
export type SplitWords = (text: string, atStart: boolean) => string[];

const ONE_NUMERAL = new RegExp(NUMERIC, 'gv');
const NUMERALS = new RegExp(`${NUMERIC}+`, 'gv');
const ONE_PUNCTUATION = new RegExp(PUNCTUATION, 'gv');
const SPACES = new RegExp(`${WHITE_SPACE}+`, 'gv');
const WORDS = new RegExp(`${WORD}+|[^${WORD}${WHITE_SPACE}]+`, 'gv');

const splitting = (pattern: RegExp, behavior: SplitBehavior): Made<SplitWords> => ({
  made: (text) => splitBy(text, pattern, behavior),
});

function byteLevelStep(step: StepJson): Made<SplitWords> {
  const pattern = compilePattern(GPT2_PATTERN);
  const useRegex = step.use_regex !== false;
  const addSpace = step.add_prefix_space === true;
  return {
    made: (text) => {
      const spaced = addSpace && !text.startsWith(' ') ? ` ${text}` : text;
      return useRegex ? splitIsolated(spaced, pattern) : [spaced];
    },
  };
}

const UNKNOWN_BEHAVIOR = 'its behavior is not one of Isolated, Removed, Contiguous, MergedWithPrevious, MergedWithNext';

function splitStep({ behavior, invert, ...step }: StepJson): Made<SplitWords> {
  const pattern = patternOf(step as StepJson);
  if ('refused' in pattern) return pattern;
  if (!isSplitBehavior(behavior)) return { refused: UNKNOWN_BEHAVIOR };
  return { made: (text) => splitBy(text, pattern.made, behavior, invert === true) };
}

function punctuationStep({ behavior = 'Isolated' }: StepJson): Made<SplitWords> {
  return isSplitBehavior(behavior) ? splitting(ONE_PUNCTUATION, behavior) : { refused: UNKNOWN_BEHAVIOR };
}

function bertStep(): Made<SplitWords> {
  return {
    made: (text) => splitBy(text, SPACES, 'Removed').flatMap((word) => splitIsolated(word, ONE_PUNCTUATION)),
  };
}

function metaspaceStep(step: StepJson): Made<SplitWords> {
  const { replacement, prepend_scheme: scheme = 'always', add_prefix_space: addSpace } = step;
  if (typeof replacement !== 'string' || [...replacement].length !== 1) {
    return { refused: 'its replacement is not one character' };
  }
  if (scheme !== 'always' && scheme !== 'first' && scheme !== 'never') {
    return { refused: `its prepend_scheme is ${JSON.stringify(scheme)}` };
  }
  if (addSpace === false && scheme !== 'never') {
    return { refused: `its add_prefix_space is false, but its prepend_scheme is ${JSON.stringify(scheme)}` };
  }
  const delimiter = literalPattern(replacement);
  return {
    made: (text, atStart) => {
      const spaced = text.replaceAll(' ', () => replacement);
      const prepends = !spaced.startsWith(replacement) && (scheme === 'always' || (scheme === 'first' && atStart));
      const whole = prepends ? replacement + spaced : spaced;
      return step.split === false ? [whole] : splitBy(whole, delimiter, 'MergedWithNext');
    },
  };
}

function delimiterStep({ delimiter }: StepJson): Made<SplitWords> {
  if (typeof delimiter !== 'string' || delimiter === '') return { refused: 'it has no delimiter' };
  return splitting(literalPattern(delimiter), 'Removed');
}

function fixedLengthStep({ length = 5 }: StepJson): Made<SplitWords> {
  if (!Number.isInteger(length) || (length as number) < 1) return { refused: 'its length is not a positive number' };
  const pieces = new RegExp(`.{1,${String(length)}}`, 'gsu');
  return { made: (text) => splitIsolated(text, pieces) };
}

/** The pre-tokenizers that match the Rust library, by their type. `ByteLevel` leaves its words as text. */
export const PRE_TOKENIZERS: StepMakers<SplitWords> = {
  ByteLevel: byteLevelStep,
  Split: splitStep,
  Digits: (step) =>
    step.individual_digits === true ? splitting(ONE_NUMERAL, 'Isolated') : splitting(NUMERALS, 'Isolated'),
  Punctuation: punctuationStep,
  Whitespace: () => ({ made: (text) => splitBy(text, WORDS, 'Removed', true) }),
  WhitespaceSplit: () => splitting(SPACES, 'Removed'),
  BertPreTokenizer: bertStep,
  Metaspace: metaspaceStep,
  CharDelimiterSplit: delimiterStep,
  FixedLength: fixedLengthStep,
};
