/**
 * The pre-tokenization patterns of published tokenizers. Only these run: a pattern from a file could backtrack without
 * end, so an unknown one is refused. All were tried on 1 MB of one character class without a quadratic run.
 */
export const GPT2_PATTERN = String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

const GPT2_SPELLED_OUT = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const LLAMA_3 = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const QWEN_2 = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const TEKKEN = String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const KNOWN: ReadonlySet<string> = new Set([
  GPT2_PATTERN,
  GPT2_SPELLED_OUT,
  LLAMA_3,
  QWEN_2,
  TEKKEN,
  String.raw`\p{N}{1,3}`,
  String.raw`\p{N}`,
  String.raw`\d`,
  String.raw`\s+`,
]);

/** True for the patterns that Keel runs. */
export function isKnownPattern(source: string): boolean {
  return KNOWN.has(source);
}

/**
 * A pattern of the Rust library as a JavaScript one. `\s` and `\d` mean Unicode classes there; JavaScript's `\s`
 * counts U+FEFF and leaves out U+0085, and its `\d` is ASCII only.
 */
export function compilePattern(source: string): RegExp {
  const unicode = source
    .replaceAll(String.raw`\s`, String.raw`\p{White_Space}`)
    .replaceAll(String.raw`\S`, String.raw`\P{White_Space}`)
    .replaceAll(String.raw`\d`, String.raw`\p{Nd}`);
  return new RegExp(unicode, 'gu');
}

/** Splits a text into the matches of a pattern and what stands between them; concatenated they give the text. */
export function splitIsolated(text: string, pattern: RegExp): string[] {
  const parts: string[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match[0].length === 0) continue;
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(match[0]);
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}
