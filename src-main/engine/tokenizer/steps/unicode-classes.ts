import * as tables from './unicode-tables.ts';

/**
 * Character classes as the parts of Hugging Face's `tokenizers` define them, each as a class that can be nested in
 * another one (`[^${WHITE_SPACE}${of.L}]`) under the `v` flag.
 */

/** A class from a table's ranges. */
function classOf(ranges: string): string {
  const parts = ranges.split(' ').map((range) =>
    range
      .split('-')
      .map((hex) => `\\u{${hex}}`)
      .join('-'),
  );
  return `[${parts.join('')}]`;
}

const less = (classes: string, ranges: string) => `[[${classes}]--${classOf(ranges)}]`;

/** `char::is_whitespace` of Rust, `\s` of Oniguruma and `regex`. JavaScript's `\s` has U+FEFF and lacks U+0085. */
export const WHITE_SPACE = String.raw`\p{White_Space}`;

/** `char::is_numeric` of Rust: decimal digits of all scripts, letters (Ⅳ) and other numbers (½, ²). */
export const NUMERIC = String.raw`\p{N}`;

/** `\w` of `regex`, which determines what a word is for `Whitespace` and for added tokens that stand alone. */
export const WORD = less(String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`, tables.NEW_IN_17);

const ASCII_PUNCTUATION = String.raw`!-\/:-@\[-\`\{-~`;

/** `is_punctuation` of `unicode_categories`, or ASCII punctuation (`$+<=>^|~` and the backtick as well). */
export const PUNCTUATION = `[${less(String.raw`\p{P}`, tables.NO_PUNCTUATION)}${classOf(tables.ONLY_PUNCTUATION)}${ASCII_PUNCTUATION}]`;

/** `is_mark_nonspacing` of `unicode_categories`. */
export const NONSPACING_MARK = `[${less(String.raw`\p{Mn}`, tables.NO_NONSPACING_MARKS)}${classOf(tables.ONLY_NONSPACING_MARKS)}]`;

/** `is_other` of `unicode_categories`, which includes no unassigned code points. */
export const OTHER = less(String.raw`\p{Cc}\p{Cf}\p{Co}`, tables.NO_FORMAT_CHARACTERS);

/** `is_combining_mark` of `unicode-normalization-alignments`. */
export const COMBINING_MARK = `[${less(String.raw`\p{M}`, tables.NO_COMBINING_MARKS)}${classOf(tables.ONLY_COMBINING_MARKS)}]`;

/** Characters that `unicode-normalization-alignments` leaves unchanged; see the table. */
export const NOT_NORMALIZED = classOf(tables.NOT_NORMALIZED);

/** A class for a `\p{…}` of Oniguruma. It counts U+0295 as a lowercase letter, as Unicode did before 17. */
export function onigurumaProperty(name: string): string {
  const property = String.raw`\p{${name}}`;
  if (name === 'Ll') return less(String.raw`${property}\u{295}`, tables.NEW_IN_17);
  if (name === 'Lo') return less(property, `295 ${tables.NEW_IN_17}`);
  return less(property, tables.NEW_IN_17);
}
