import { openText } from './open-text.ts';
import { decodeUtf8 } from './parse-json-row.ts';
import type { RawItem, ReadLimits, ReadOptions } from './raw-rows.ts';
import { type Line, readLines } from './read-lines.ts';

/** Number of lines that decide whether a file is split at blank lines. */
const LOOK_AHEAD_LINES = 1000;
const MAX_LOOK_AHEAD_BYTES = 2 ** 20;

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09);
}

function itemOf(parts: readonly Buffer[], line: number): RawItem {
  const lines = parts.map(decodeUtf8);
  if (lines.includes(null)) return { fault: { line, reason: 'bad_utf8', why: 'is not valid UTF-8' } };
  return { row: { line, fields: new Map([['text', lines.join('\n')]]) } };
}

/** Groups lines into texts: one line each, or all lines between two blank lines. */
class TextGatherer {
  private readonly byParagraph: boolean;
  private readonly limits: ReadLimits;
  private parts: Buffer[] = [];
  private length = 0;
  private startLine = 0;

  constructor(byParagraph: boolean, limits: ReadLimits) {
    this.byParagraph = byParagraph;
    this.limits = limits;
  }

  *add({ line, bytes }: Line): Generator<RawItem> {
    if (bytes !== null && isBlank(bytes)) return yield* this.finish();
    if (this.length === 0) this.startLine = line;
    this.length += (bytes?.length ?? this.limits.rowBytes) + 1;
    if (bytes !== null && this.length <= this.limits.rowBytes) this.parts.push(bytes);
    else this.parts = [];
    if (!this.byParagraph) yield* this.finish();
  }

  *finish(): Generator<RawItem> {
    if (this.length === 0) return;
    const tooLong = this.length > this.limits.rowBytes;
    const why = `is longer than ${this.limits.rowBytes} bytes`;
    const line = this.startLine;
    yield tooLong ? { fault: { line, reason: 'too_long', why } } : itemOf(this.parts, line);
    this.parts = [];
    this.length = 0;
  }
}

/**
 * Texts of a plain text file, for language modeling: paragraphs if the first 1,000 lines contain a blank line between
 * others, single lines otherwise.
 */
export async function* readTxt(path: string, options: ReadOptions): AsyncGenerator<RawItem> {
  const ahead: Line[] = [];
  let aheadBytes = 0;
  let gatherer: TextGatherer | null = null;
  const decide = () => {
    const firstText = ahead.findIndex(({ bytes }) => bytes === null || !isBlank(bytes));
    const blankBehind = ahead.findIndex(({ bytes }, index) => index > firstText && bytes !== null && isBlank(bytes));
    return new TextGatherer(firstText !== -1 && blankBehind !== -1, options.limits);
  };
  for await (const line of readLines(openText(path, options), options.limits.rowBytes)) {
    if (gatherer !== null) {
      yield* gatherer.add(line);
      continue;
    }
    ahead.push(line);
    aheadBytes += line.bytes?.length ?? 0;
    if (ahead.length < LOOK_AHEAD_LINES && aheadBytes < MAX_LOOK_AHEAD_BYTES) continue;
    gatherer = decide();
    for (const early of ahead) yield* gatherer.add(early);
  }
  if (gatherer === null) {
    gatherer = decide();
    for (const early of ahead) yield* gatherer.add(early);
  }
  yield* gatherer.finish();
}
