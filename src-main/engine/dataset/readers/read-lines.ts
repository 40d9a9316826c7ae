/** One line without its line ending; null bytes stand for a line above the size limit. */
export interface Line {
  readonly line: number;
  readonly bytes: Buffer | null;
  /** False for a last line without a line ending. */
  readonly closed: boolean;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Drops the byte order mark from the first piece of a file. */
export async function* withoutByteOrderMark(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const piece of pieces) {
    if (head === null) {
      yield piece;
      continue;
    }
    head = Buffer.concat([head, piece]);
    if (head.length < 3) continue;
    yield startsWithMark(head) ? head.subarray(3) : head;
    head = null;
  }
  if (head !== null && head.length > 0) yield head;
}

function startsWithMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

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

  /** The line's bytes without a trailing carriage return; null above the limit. */
  take(): Buffer | null {
    const whole =
      this.length > this.limit ? null : this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    this.parts = [];
    this.length = 0;
    return whole?.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
  }
}

/** Lines of a byte stream, numbered from 1. Memory is limited to one piece and one line of at most `lineBytes`. */
export async function* readLines(pieces: AsyncIterable<Buffer>, lineBytes: number): AsyncGenerator<Line> {
  const buffer = new LineBuffer(lineBytes);
  let line = 1;
  for await (const piece of withoutByteOrderMark(pieces)) {
    let start = 0;
    for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, start)) {
      buffer.add(piece.subarray(start, end));
      yield { line: line++, bytes: buffer.take(), closed: true };
      start = end + 1;
    }
    if (start < piece.length) buffer.add(piece.subarray(start));
  }
  if (!buffer.isEmpty) yield { line, bytes: buffer.take(), closed: false };
}
