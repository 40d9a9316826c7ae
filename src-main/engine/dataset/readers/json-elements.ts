/** One element of a JSON array: its bytes (null above the size limit), and the line where it starts. */
export interface JsonElement {
  readonly line: number;
  readonly bytes: Buffer | null;
  readonly closed: boolean;
}

const BYTE = { QUOTE: 0x22, BACKSLASH: 0x5c, COMMA: 0x2c, LINE_FEED: 0x0a } as const;

/** Splits a byte stream into the elements of an array, starting after its opening bracket, without parsing them. */
export class ElementCutter {
  /** Whether the array's closing bracket has been reached. */
  ended = false;
  /** The line of the first text after the closing bracket; null if there is none. */
  textAfter: number | null = null;
  private readonly limit: number;
  private parts: Buffer[] = [];
  private length = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;
  private started = false;
  private line: number;
  private startLine: number;

  constructor(limit: number, line: number) {
    this.limit = limit;
    this.line = line;
    this.startLine = line;
  }

  /** Elements that this piece completes. */
  *push(piece: Buffer): Generator<JsonElement> {
    let start = 0;
    for (let index = 0; index < piece.length && !this.ended; index++) {
      const byte = piece[index] as number;
      if (this.inString) {
        this.stepInString(byte);
        continue;
      }
      if (byte === BYTE.LINE_FEED) this.line++;
      if (!this.started && byte > 0x20) {
        this.started = true;
        this.startLine = this.line;
      }
      if (this.stepOutside(byte)) {
        this.add(piece.subarray(start, index));
        start = index + 1;
        if (this.hasContent(byte)) yield this.take(true);
      }
    }
    if (!this.ended) this.add(piece.subarray(start));
    else this.findTextAfter(piece, start);
  }

  /** The element that the end of the file truncates, if any. */
  rest(): JsonElement | null {
    return this.ended || !this.started ? null : this.take(false);
  }

  private findTextAfter(piece: Buffer, start: number): void {
    for (let index = start; index < piece.length && this.textAfter === null; index++) {
      const byte = piece[index] as number;
      if (byte === BYTE.LINE_FEED) this.line++;
      else if (byte > 0x20) this.textAfter = this.line;
    }
  }

  private stepInString(byte: number): void {
    if (this.escaped) this.escaped = false;
    else if (byte === BYTE.BACKSLASH) this.escaped = true;
    else if (byte === BYTE.QUOTE) this.inString = false;
    else if (byte === BYTE.LINE_FEED) this.line++;
  }

  /** Whether this byte ends an element. */
  private stepOutside(byte: number): boolean {
    if (byte === BYTE.QUOTE) this.inString = true;
    else if (byte === 0x5b || byte === 0x7b) this.depth++;
    else if (byte === 0x5d || byte === 0x7d) {
      if (this.depth === 0) this.ended = true;
      else this.depth--;
      return this.ended;
    }
    return byte === BYTE.COMMA && this.depth === 0;
  }

  /** A closing bracket directly after the last comma or the opening bracket ends no element. */
  private hasContent(end: number): boolean {
    if (end === BYTE.COMMA) return true;
    return this.length > this.limit || Buffer.concat(this.parts).toString('latin1').trim() !== '';
  }

  private add(part: Buffer): void {
    this.length += part.length;
    if (this.length <= this.limit) this.parts.push(part);
    else this.parts = [];
  }

  private take(closed: boolean): JsonElement {
    const bytes = this.length > this.limit ? null : Buffer.concat(this.parts);
    this.parts = [];
    this.length = 0;
    this.started = false;
    return { line: this.startLine, bytes, closed };
  }
}
