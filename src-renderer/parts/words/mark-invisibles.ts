/** A piece of untrusted text: plain text, or a mark that replaces an invisible character. */
export interface MarkedText {
  readonly text: string;
  /** Description of the marked character; null for plain text. */
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

// Control characters except line feed, format characters, lone surrogates, private use, unusual spaces, and tags.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** The code point, such as `U+202E`, with its common name if it has one. */
function markOf(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const name = NAMES[code];
  return name ? `${hex} ${name}` : hex;
}

/** Splits a text so that every character that is invisible, or that reorders others, becomes its own mark. */
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
