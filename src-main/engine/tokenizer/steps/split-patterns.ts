import { onigurumaProperty, WHITE_SPACE } from './unicode-classes.ts';

/**
 * The pre-tokenization patterns of published tokenizers. Only these run: a pattern from a file could backtrack without
 * end, so an unknown one is rejected. All were tested on 1 MB of one character class without quadratic behavior.
 */
export const GPT2_PATTERN = String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

const GPT2_SPELLED_OUT = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const LLAMA_3 = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const QWEN_2 = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const TEKKEN = String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** GPT-4o, gpt-oss, Llama 4, Phi-4-mini: words by case, with their contraction. */
const O200K = String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
/** Qwen 3.5: words with their marks. */
const QWEN_3_5 = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
/** DeepSeek V2, V3 and R1, the last of three splits. */
const DEEPSEEK = `[!"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_\`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
const BLOOM = String.raw` ?[^(\s|[.,!?…。，、।۔،])]+`;

/** Every pattern that Keel runs, as written in files. */
export const KNOWN_PATTERNS: readonly string[] = [
  GPT2_PATTERN,
  GPT2_SPELLED_OUT,
  LLAMA_3,
  QWEN_2,
  QWEN_3_5,
  TEKKEN,
  O200K,
  DEEPSEEK,
  '[一-龥\u3040-ゟ゠-ヿ]+',
  BLOOM,
  String.raw`\p{N}{1,3}`,
  String.raw`\p{N}`,
  String.raw`\d`,
  String.raw`\s+`,
  // T5 and XLM-RoBERTa, in a `Replace` step
  ' {2,}',
  // Falcon
  '[0-9][0-9][0-9]',
];

const KNOWN: ReadonlySet<string> = new Set(KNOWN_PATTERNS);

/** Line ends stand in files as themselves (DeepSeek) or escaped. */
function spelledOut(source: string): string {
  return source.replaceAll('\r', String.raw`\r`).replaceAll('\n', String.raw`\n`);
}

/** Whether Keel runs a pattern. */
export function isKnownPattern(source: string): boolean {
  return KNOWN.has(spelledOut(source));
}

/** What Oniguruma reads literally inside a class, and JavaScript does not under the `v` flag. */
const LITERAL_IN_CLASS: readonly (readonly [string, string])[] = [
  ["&'()*+", String.raw`&'\(\)*+`],
  ['_`{|}~', String.raw`_\`\{\|\}~`],
  [String.raw`[^(\s|[`, String.raw`[^\(\s\|[`],
  ['])]+', String.raw`]\)]+`],
];

const ANY_CASE = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
/** ſ is a small s, ignoring case. */
const BOTH_CASES = "(?:'[sSſ]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";

/** Converts a pattern of the Rust library (Oniguruma) to a JavaScript pattern with the same classes. */
export function compilePattern(source: string): RegExp {
  const literal = LITERAL_IN_CLASS.reduce(
    (text, [found, escaped]) => text.replaceAll(found, escaped),
    spelledOut(source),
  );
  const unicode = literal
    // Next to a group with `i`, V8 13 adds and subtracts the other case of nested classes outside the group as well.
    .replaceAll(ANY_CASE, BOTH_CASES)
    .replaceAll(String.raw`\S`, `[^${WHITE_SPACE}]`)
    .replaceAll(String.raw`\s`, WHITE_SPACE)
    .replaceAll(String.raw`\d`, String.raw`\p{Nd}`)
    .replaceAll('/', String.raw`\/`)
    .replaceAll(/\\p\{(L|N|M|P|S|Lu|Lt|Lm|Lo|Ll|Nd)\}/g, (_, name: string) => onigurumaProperty(name));
  return new RegExp(unicode, 'gv');
}

/** Text in which every character stands for itself in a pattern. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** A pattern that matches a string literally. */
export function literalPattern(text: string): RegExp {
  return new RegExp(escapePattern(text), 'gu');
}
