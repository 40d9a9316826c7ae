/** One line without its line ending; null bytes stand for a line above the size limit. */
export interface Line {
  readonly line: number;
  readonly bytes: Buffer | null;
  /** False for a last line without a line ending. */
  readonly closed: boolean;
}

/** A line with the ending that it has in the file; empty for a last line without one. */
export interface EndedLine {
  readonly line: number;
  readonly bytes: Buffer | null;
  readonly ending: '' | '\n' | '\r\n' | '\r';
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Collects the bytes of one line; beyond the limit, only counts them. */
class LineBuffer {
  private readonly limit: number;
  private parts: Buffer[] = [];
  private length = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  add(part: Buffer): void {
    this.length += part.length;
    if (this.length <= this.limit) this.parts.push(part);
    else this.parts = [];
  }

  /** The line's bytes; null above the limit. */
  take(): Buffer | null {
    const whole =
      this.length > this.limit ? null : this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    this.parts = [];
    this.length = 0;
    return whole;
  }
}

function withoutReturn(bytes: Buffer | null): Buffer | null {
  return bytes?.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
}

/** Lines of UTF-8 text, numbered from 1. Memory is limited to one piece and one line of at most `lineBytes`. */
export async function* readLines(pieces: AsyncIterable<Buffer>, lineBytes: number): AsyncGenerator<Line> {
  const buffer = new LineBuffer(lineBytes);
  let line = 1;
  for await (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, start)) {
      buffer.add(piece.subarray(start, end));
      yield { line: line++, bytes: withoutReturn(buffer.take()), closed: true };
      start = end + 1;
    }
    if (start < piece.length) buffer.add(piece.subarray(start));
  }
  if (!buffer.isEmpty) yield { line, bytes: withoutReturn(buffer.take()), closed: false };
}

/**
 * Lines that end as Python's universal newlines do: with a line feed, a carriage return, or both. Memory is limited as
 * in {@link readLines}.
 */
export async function* readAnyLines(pieces: AsyncIterable<Buffer>, lineBytes: number): AsyncGenerator<EndedLine> {
  const buffer = new LineBuffer(lineBytes);
  let line = 1;
  let afterReturn = false;
  for await (const piece of pieces) {
    let start = 0;
    if (afterReturn && piece.length > 0) {
      const ending = piece[0] === LINE_FEED ? '\r\n' : '\r';
      yield { line: line++, bytes: buffer.take(), ending };
      start = ending.length - 1;
      afterReturn = false;
    }
    for (const { end, ending } of endingsOf(piece, start)) {
      buffer.add(piece.subarray(start, end));
      start = end + ending.length;
      // A line feed may follow in the next piece.
      if (ending === '\r' && start === piece.length) afterReturn = true;
      else yield { line: line++, bytes: buffer.take(), ending };
    }
    if (start < piece.length) buffer.add(piece.subarray(start));
  }
  if (afterReturn || !buffer.isEmpty) yield { line, bytes: buffer.take(), ending: afterReturn ? '\r' : '' };
}

interface LineEnd {
  readonly end: number;
  readonly ending: '\n' | '\r\n' | '\r';
}

function* endingsOf(piece: Buffer, from: number): Generator<LineEnd> {
  let feed = piece.indexOf(LINE_FEED, from);
  let back = piece.indexOf(CARRIAGE_RETURN, from);
  while (feed !== -1 || back !== -1) {
    const end = back === -1 || (feed !== -1 && feed < back) ? feed : back;
    const ending = end === feed ? '\n' : feed === end + 1 ? '\r\n' : '\r';
    yield { end, ending };
    const next = end + ending.length;
    if (feed !== -1 && feed < next) feed = piece.indexOf(LINE_FEED, next);
    if (back !== -1 && back < next) back = piece.indexOf(CARRIAGE_RETURN, next);
  }
}
