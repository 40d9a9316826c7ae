/** A piece of text: plain text, or the name of an invisible character. */
export interface TextPiece {
  readonly kind: 'plain' | 'space' | 'break' | 'hidden';
  readonly text: string;
  /** For a hidden character: `U+202E`. */
  readonly code?: string;
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ['\u0000', 'NUL'],
  ['\t', '→'],
  ['\r', 'CR'],
  ['\u001b', 'ESC'],
  ['\u00a0', 'NBSP'],
  ['\u00ad', 'SHY'],
  ['\u200b', 'ZWSP'],
  ['\u200c', 'ZWNJ'],
  ['\u200d', 'ZWJ'],
  ['\u200e', 'LRM'],
  ['\u200f', 'RLM'],
  ['\u202a', 'LRE'],
  ['\u202b', 'RLE'],
  ['\u202c', 'PDF'],
  ['\u202d', 'LRO'],
  ['\u202e', 'RLO'],
  ['\u2066', 'LRI'],
  ['\u2067', 'RLI'],
  ['\u2068', 'FSI'],
  ['\u2069', 'PDI'],
  ['\ufeff', 'BOM'],
]);

/** Code point ranges of controls, direction marks, joiners, and others that have no width or look like a space. */
const HIDDEN_RANGES: readonly (readonly [number, number])[] = [
  [0x0000, 0x0009],
  [0x000b, 0x001f],
  [0x007f, 0x00a0],
  [0x00ad, 0x00ad],
  [0x061c, 0x061c],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2069],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
];
const codePoint = (value: number) => `\\u{${value.toString(16)}}`;
const HIDDEN_CLASS = `[${HIDDEN_RANGES.map(([first, last]) => `${codePoint(first)}-${codePoint(last)}`).join('')}]`;
const HIDDEN = new RegExp(`(${HIDDEN_CLASS}|\n)`, 'u');
const HIDDEN_OR_SPACE = new RegExp(`(${HIDDEN_CLASS}|\n| +)`, 'u');

function pieceOf(text: string): TextPiece {
  if (text === '\n') return { kind: 'break', text };
  if (/^ +$/.test(text)) return { kind: 'space', text };
  const point = text.codePointAt(0) ?? 0;
  const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  return { kind: 'hidden', text: NAMES.get(text) ?? code, code };
}

/** Splits a text at invisible characters; with `spaces`, also at runs of spaces. */
export function visiblePieces(text: string, spaces = false): readonly TextPiece[] {
  return text
    .split(spaces ? HIDDEN_OR_SPACE : HIDDEN)
    .map((part, index): TextPiece => (index % 2 === 0 ? { kind: 'plain', text: part } : pieceOf(part)))
    .filter(({ text: part }) => part !== '');
}
