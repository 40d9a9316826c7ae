import { type Matcher, RE2JS } from 're2js';

export interface RegexMatch {
  readonly whole: string;
  /** Text of each group; undefined for a group that did not participate. */
  readonly groups: readonly (string | undefined)[];
}

export interface LinearRegex {
  /** Whether the pattern matches anywhere. */
  occurs(text: string): boolean;
  /** All non-overlapping matches from left to right, as in JavaScript. */
  matches(text: string): readonly RegexMatch[];
}

/** JavaScript's white space and line ends; RE2's classes cover only ASCII. */
const SPACE = '\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const NO_SPACE =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}!-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';
const ANY_IN_LINE = '[^\\n\\r\\x{2028}\\x{2029}]';

/** One token of a pattern: an escape, or a single letter. */
const TOKEN = /\\[\s\S]|[\s\S]/gu;

/** The pattern with `.`, `\s` and `\S` as JavaScript defines them. */
function withJavaScriptClasses(pattern: string): string {
  let inClass = false;
  return pattern.replace(TOKEN, (token) => {
    if (token === '\\s') return inClass ? SPACE : `[${SPACE}]`;
    if (token === '\\S') return inClass ? NO_SPACE : `[^${SPACE}]`;
    if (token === '.' && !inClass) return ANY_IN_LINE;
    if (token === '[') inClass = true;
    if (token === ']') inClass = false;
    return token;
  });
}

function compiled(pattern: string, ignoreCase: boolean): RE2JS {
  try {
    return RE2JS.compile(
      withJavaScriptClasses(RE2JS.translateRegExp(pattern)),
      ignoreCase ? RE2JS.CASE_INSENSITIVE : 0,
    );
  } catch (error) {
    throw new SyntaxError(error instanceof Error ? error.message.replace('error parsing regexp: ', '') : String(error));
  }
}

function toMatch(matcher: Matcher): RegexMatch {
  const groups = Array.from({ length: matcher.groupCount() }, (_, index) => matcher.group(index + 1) ?? undefined);
  return { whole: matcher.group() ?? '', groups };
}

/**
 * A regular expression that takes time proportional to text times pattern, whatever the pattern: RE2's automata,
 * without look-around and back references. Throws SyntaxError for an unsupported pattern.
 */
export function linearRegex(pattern: string, ignoreCase: boolean): LinearRegex {
  const regex = compiled(pattern, ignoreCase);
  return {
    occurs: (text) => regex.matcher(text).find(),
    matches(text) {
      const matcher = regex.matcher(text);
      const found: RegexMatch[] = [];
      while (matcher.find()) found.push(toMatch(matcher));
      return found;
    },
  };
}
