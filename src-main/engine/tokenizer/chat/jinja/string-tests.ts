import { UnsupportedByKeel } from './faults.ts';
import { isSpace } from './values/code-points.ts';
import { isCased } from './values/letter-case.ts';

/** Superscripts and subscripts are digits to Python; other digits outside the decimal ones are not told apart here. */
const DIGITS = /^[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089]+$/u;
const UNKNOWN_DIGIT = /\p{No}/u;
const NUMERIC = /^\p{N}+$/u;
/** Some ideographs are numbers to Python. */
const IDEOGRAPH = /\p{Ideographic}/u;

function isDigit(text: string): boolean {
  if (!DIGITS.test(text) && UNKNOWN_DIGIT.test(text)) throw new UnsupportedByKeel('isdigit() of rare digits');
  return DIGITS.test(text);
}

function isNumeric(text: string): boolean {
  if (IDEOGRAPH.test(text)) throw new UnsupportedByKeel('isnumeric() of ideographs');
  return NUMERIC.test(text);
}

function everyCased(text: string, accepts: RegExp): boolean {
  let found = false;
  for (const character of text) {
    if (!isCased(character)) continue;
    if (!accepts.test(character)) return false;
    found = true;
  }
  return found;
}

/** Capitals only after letters without case, small letters only after letters with it. */
function isTitle(text: string): boolean {
  let afterCased = false;
  let found = false;
  for (const character of text) {
    const isCapital = /^[\p{Uppercase}\p{Lt}]$/u.test(character);
    if (isCapital === afterCased && isCased(character)) return false;
    afterCased = isCased(character);
    found ||= afterCased;
  }
  return found;
}

/** Python's `str` methods that answer yes or no. */
export const STRING_TESTS: ReadonlyMap<string, (text: string) => boolean> = new Map<string, (text: string) => boolean>([
  ['isalnum', (text) => /^[\p{L}\p{N}]+$/u.test(text)],
  ['isalpha', (text) => /^\p{L}+$/u.test(text)],
  ['isascii', (text) => /^\p{ASCII}*$/u.test(text)],
  ['isdecimal', (text) => /^\p{Nd}+$/u.test(text)],
  ['isdigit', isDigit],
  ['isidentifier', (text) => /^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(text)],
  ['islower', (text) => everyCased(text, /^\p{Lowercase}$/u)],
  ['isnumeric', isNumeric],
  ['isprintable', (text) => !/[\p{C}\p{Z}]/u.test(text.replaceAll(' ', ''))],
  ['isspace', (text) => text !== '' && Array.from(text).every(isSpace)],
  ['istitle', isTitle],
  ['isupper', (text) => everyCased(text, /^\p{Uppercase}$/u)],
]);
