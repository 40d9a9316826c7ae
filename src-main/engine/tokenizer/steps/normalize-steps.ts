import { toByteAlphabet } from '../bpe/byte-alphabet.ts';
import type { StepJson } from '../files/tokenizer-json.ts';
import type { Made, StepMakers } from './made-step.ts';
import { patternOf, textField } from './step-pattern.ts';
import { COMBINING_MARK, NONSPACING_MARK, NOT_NORMALIZED, OTHER, WHITE_SPACE } from './unicode-classes.ts';

/** A normalizer: converts text to text. */
export type Normalize = (text: string) => string;

const LEFT_ALONE = new RegExp(`(${NOT_NORMALIZED}+)`, 'v');
const COMBINING_MARKS = new RegExp(COMBINING_MARK, 'gv');
const NONSPACING_MARKS = new RegExp(NONSPACING_MARK, 'gv');
const LEADING_SPACE = new RegExp(`^${WHITE_SPACE}+`, 'v');
const ONE_SPACE = new RegExp(`^${WHITE_SPACE}$`, 'v');

/** A Unicode form with the older data of the Rust library; code points unknown to it separate the text. */
export function unicodeForm(form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): Normalize {
  return (text) => {
    if (!LEFT_ALONE.test(text)) return text.normalize(form);
    return text
      .split(LEFT_ALONE)
      .map((part, index) => (index % 2 === 0 ? part.normalize(form) : part))
      .join('');
  };
}

/** Lowercases letter by letter: Rust applies no final sigma. */
export function lowercase(text: string): string {
  return text.replaceAll('Σ', 'σ').toLowerCase();
}

/** Removes white space from the ends; `\s+$` alone would be quadratic in runs of white space. */
function stripEnds(text: string, left: boolean, right: boolean): string {
  const rest = left ? text.replace(LEADING_SPACE, '') : text;
  if (!right) return rest;
  let end = rest.length;
  while (end > 0 && ONE_SPACE.test(rest[end - 1] as string)) end--;
  return rest.slice(0, end);
}

const NMT_REMOVED = /[\p{Cc}--[\0\t\n\f\r\u0080-\u008e\u0090-\u009e]]/gv;
const NMT_SPACES = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/gu;

/** `Nmt`: removes control characters and turns all kinds of white space into spaces. */
function nmt(text: string): string {
  return text.replaceAll(NMT_REMOVED, '').replaceAll(NMT_SPACES, ' ');
}

const UNWANTED = new RegExp(String.raw`[[[\0\u{fffd}]${OTHER}]--[\t\n\r]]`, 'gv');
const ANY_SPACE = new RegExp(WHITE_SPACE, 'gv');
const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

function bertNormalizer(step: StepJson): Made<Normalize> {
  const decompose = unicodeForm('NFD');
  const steps: Normalize[] = [];
  if (step.clean_text === true) steps.push((text) => text.replaceAll(UNWANTED, '').replaceAll(ANY_SPACE, ' '));
  if (step.handle_chinese_chars === true) steps.push((text) => text.replaceAll(CHINESE, ' $& '));
  if (step.strip_accents ?? step.lowercase) steps.push((text) => decompose(text).replaceAll(NONSPACING_MARKS, ''));
  if (step.lowercase === true) steps.push(lowercase);
  return { made: (text) => steps.reduce((current, run) => run(current), text) };
}

function replaceStep(step: StepJson): Made<Normalize> {
  const pattern = patternOf(step);
  const content = textField(step, 'content');
  if ('refused' in pattern) return pattern;
  if ('refused' in content) return content;
  return { made: (text) => text.replaceAll(pattern.made, () => content.made) };
}

function prependStep(step: StepJson): Made<Normalize> {
  const made = textField(step, 'prepend');
  return 'refused' in made ? made : { made: (text) => (text === '' ? '' : made.made + text) };
}

const encoder = new TextEncoder();

/** The normalizers that match the Rust library, by their type. */
export const NORMALIZERS: StepMakers<Normalize> = {
  NFC: () => ({ made: unicodeForm('NFC') }),
  NFD: () => ({ made: unicodeForm('NFD') }),
  NFKC: () => ({ made: unicodeForm('NFKC') }),
  NFKD: () => ({ made: unicodeForm('NFKD') }),
  Nmt: () => ({ made: nmt }),
  Lowercase: () => ({ made: lowercase }),
  Strip: (step) => ({ made: (text) => stripEnds(text, step.strip_left === true, step.strip_right === true) }),
  StripAccents: () => ({ made: (text) => text.replaceAll(COMBINING_MARKS, '') }),
  BertNormalizer: bertNormalizer,
  ByteLevel: () => ({ made: (text) => toByteAlphabet(encoder.encode(text)) }),
  Replace: replaceStep,
  Prepend: prependStep,
};
