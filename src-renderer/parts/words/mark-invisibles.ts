/** A stretch of a foreign text: to be shown as it is, or a mark in place of what cannot be seen. */
export interface MarkedText {
  readonly text: string;
  /** What the mark stands for; null for plain text. */
  readonly mark: string | null;
}

const NAMES: Readonly<Record<number, string>> = {
  0: 'NUL',
  9: 'tab',
  13: 'carriage return',
  27: 'escape',
  127: 'delete',
  160: 'no-break space',
  173: 'soft hyphen',
  8203: 'zero width space',
  8204: 'zero width non-joiner',
  8205: 'zero width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'pop directional formatting',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8288: 'word joiner',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'pop directional isolate',
  65279: 'byte order mark',
};

// Controls but the line feed, format characters, lone surrogates, private use, odd spaces, and tags.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** `U+202E`, with its name where it has a common one. */
function markOf(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const name = NAMES[code];
  return name ? `${hex} ${name}` : hex;
}

/** Parts a text so that every character that cannot be seen, or that moves others, is a mark of its own. */
export function markInvisibles(text: string): readonly MarkedText[] {
  const parts: MarkedText[] = [];
  let plain = '';
  for (const char of text) {
    if (char === '\n' || !UNSEEN.test(char)) {
      plain += char;
      continue;
    }
    if (plain) parts.push({ text: plain, mark: null });
    plain = '';
    parts.push({ text: markOf(char).split(' ')[0] ?? '', mark: markOf(char) });
  }
  if (plain) parts.push({ text: plain, mark: null });
  return parts;
}
