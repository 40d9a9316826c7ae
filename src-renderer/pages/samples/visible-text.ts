/** A part of a text: as it stands, or a character that one would not see, by what it is called. */
export interface TextPiece {
  readonly kind: 'plain' | 'space' | 'break' | 'hidden';
  readonly text: string;
  /** Of a hidden character: `U+202E`. */
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

/** Controls, marks of direction, joiners and what else has no width or looks like a space. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /([\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\n)/u;
const HIDDEN_OR_SPACE = new RegExp(`${HIDDEN.source.slice(0, -1)}| +)`, 'u');

function pieceOf(text: string): TextPiece {
  if (text === '\n') return { kind: 'break', text };
  if (/^ +$/.test(text)) return { kind: 'space', text };
  const point = text.codePointAt(0) ?? 0;
  const code = `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
  return { kind: 'hidden', text: NAMES.get(text) ?? code, code };
}

/** Cuts a text where something is that cannot be seen; with `spaces`, at runs of spaces too. */
export function visiblePieces(text: string, spaces = false): readonly TextPiece[] {
  return text
    .split(spaces ? HIDDEN_OR_SPACE : HIDDEN)
    .map((part, index): TextPiece => (index % 2 === 0 ? { kind: 'plain', text: part } : pieceOf(part)))
    .filter(({ text: part }) => part !== '');
}
