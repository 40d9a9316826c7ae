import { libraryNormalizer, libraryPreTokenizer } from './foreign-steps.ts';
import { compilePattern, GPT2_PATTERN, splitIsolated } from './split-patterns.ts';
import { flattenSteps, type StepJson, type TokenizerJson } from './tokenizer-json.ts';

export type Normalize = (text: string) => string;
/** Splits a normalized stretch of text into words; `sectionIndex` is 0 for the text's first stretch. */
export type SplitWords = (text: string, sectionIndex: number) => string[];

export interface WordSplitter {
  readonly split: SplitWords;
  /** True when the words are raw text whose bytes are the model's symbols. */
  readonly byteLevel: boolean;
}

const UNICODE_FORMS: ReadonlySet<string> = new Set(['NFC', 'NFD', 'NFKC', 'NFKD']);

/** The normalizer of a tokenizer file as one function. */
export function makeNormalizer(json: TokenizerJson): Normalize {
  const steps = flattenSteps(json.normalizer, 'normalizers').map((step): Normalize => {
    if (UNICODE_FORMS.has(step.type)) return (text) => text.normalize(step.type);
    return libraryNormalizer(step);
  });
  return (text) => steps.reduce((current, step) => step(current), text);
}

function patternOf(step: StepJson): string | null {
  const pattern = step.pattern;
  return typeof pattern === 'object' && pattern !== null && 'Regex' in pattern ? String(pattern.Regex) : null;
}

function splitStep(step: StepJson, source: string): SplitWords {
  const pattern = compilePattern(source);
  if (step.behavior === 'Removed') {
    return (text) =>
      step.invert === true ? (text.match(pattern) ?? []) : text.split(pattern).filter((part) => part !== '');
  }
  return (text) => splitIsolated(text, pattern);
}

function byteLevelStep(step: StepJson): SplitWords {
  const pattern = compilePattern(GPT2_PATTERN);
  const useRegex = step.use_regex !== false;
  const addSpace = step.add_prefix_space === true;
  return (text) => {
    const spaced = addSpace && !text.startsWith(' ') ? ` ${text}` : text;
    return useRegex ? splitIsolated(spaced, pattern) : [spaced];
  };
}

function makeStep(step: StepJson): SplitWords {
  if (step.type === 'ByteLevel') return byteLevelStep(step);
  const source = step.type === 'Split' ? patternOf(step) : null;
  const ownSplit = source !== null && (step.behavior === 'Isolated' || step.behavior === 'Removed');
  return ownSplit ? splitStep(step, source) : libraryPreTokenizer(step);
}

/** The pre-tokenizer of a tokenizer file as one function. */
export function makeWordSplitter(json: TokenizerJson): WordSplitter {
  const steps = flattenSteps(json.pre_tokenizer, 'pretokenizers');
  const functions = steps.map(makeStep);
  return {
    byteLevel: steps.some((step) => step.type === 'ByteLevel'),
    split: (text, sectionIndex) =>
      functions.reduce((words, step) => words.flatMap((word) => step(word, sectionIndex)), [text]),
  };
}
