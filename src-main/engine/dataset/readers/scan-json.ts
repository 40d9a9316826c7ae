const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);
const COLON = 0x3a;

/** End (the closing quote) of the string whose opening quote stands at `start`, -1 when it does not end. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return -1;
}

export interface JsonShape {
  readonly depth: number;
  /** A key that occurs twice in the outermost object, null when none does. */
  readonly duplicateKey: string | null;
}

/**
 * What `JSON.parse` does not tell: how deep a text is nested, and whether a key of the outermost object is repeated
 * (the parser silently keeps the last). Skips over strings with indexOf, so the cost follows structure, not text.
 */
export function scanJson(text: string, maxDepth: number): JsonShape {
  const keys = new Set<string>();
  let duplicateKey: string | null = null;
  let depth = 0;
  let deepest = 0;
  let lastString = '';
  for (let index = 0; index < text.length && deepest <= maxDepth; index++) {
    const unit = text.charCodeAt(index);
    if (unit === QUOTE) {
      const end = endOfString(text, index);
      if (end === -1) break;
      if (depth === 1 && end - index < 1024) lastString = text.slice(index, end + 1);
      index = end;
    } else if (OPEN.has(unit)) deepest = Math.max(deepest, ++depth);
    else if (CLOSE.has(unit)) depth--;
    else if (unit === COLON && depth === 1) {
      if (keys.has(lastString)) duplicateKey ??= lastString;
      keys.add(lastString);
    }
  }
  return { depth: deepest, duplicateKey };
}
