import { syntaxFault, UnsupportedByKeel } from '../faults.ts';

const SIMPLE: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const ESCAPE = /\\(?:x[\dA-Fa-f]{0,2}|u[\dA-Fa-f]{0,4}|U[\dA-Fa-f]{0,8}|(?<octal>[0-7]{1,3})|(?<other>.))/gsu;

/**
 * The text of a string literal, by Python's `unicode-escape`: an unknown escape stays as it is.
 * Throws a syntax fault, and refuses what Keel cannot read: characters by name, and halves of surrogate pairs.
 */
export function unescapeString(literal: string, line: number): string {
  if (!literal.includes('\\')) return literal;
  return literal.replaceAll(ESCAPE, (all, ...rest) => {
    const { octal, other } = rest.at(-1) as { octal?: string; other?: string };
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    if (other === undefined) return fromHex(all.slice(2), all[1] ?? '', line);
    if (other === 'N') throw new UnsupportedByKeel(`characters by name (\\N{…}, line ${line})`);
    return other > '\x7f' ? `\\${asEscape(other)}` : (SIMPLE[other] ?? all);
  });
}

function fromHex(digits: string, kind: string, line: number): string {
  const code = Number.parseInt(digits, 16);
  if (digits.length !== DIGITS[kind]) syntaxFault(`truncated \\${kind} escape`, line);
  if (code > 0x10ffff) syntaxFault('illegal Unicode character', line);
  if (code >= 0xd800 && code <= 0xdfff) throw new UnsupportedByKeel(`halves of a surrogate pair (line ${line})`);
  return String.fromCodePoint(code);
}

/** jinja2 spells a character outside ASCII as an escape before it reads escapes, so that a `\` before it stands alone. */
function asEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const kind = code > 0xffff ? 'U' : code > 0xff ? 'u' : 'x';
  return `${kind}${code.toString(16).padStart(DIGITS[kind] ?? 0, '0')}`;
}
