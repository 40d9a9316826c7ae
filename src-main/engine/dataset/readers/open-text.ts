import { KeelError } from '#contract/errors.ts';
import { openBytes } from './open-bytes.ts';
import type { ReadOptions } from './raw-rows.ts';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32';

interface Found {
  readonly encoding: Encoding;
  /** Length of the byte order mark. */
  readonly mark: number;
}

/**
 * The encoding of a text by its byte order mark; without one, UTF-16 is recognized by its first character, since no
 * dataset starts with a NUL (RFC 4627, section 3).
 */
function encodingOf(head: Buffer): Found {
  const [a, b, c, d] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', mark: 3 };
  const isWide = head.length >= 4 && ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0));
  if (isWide) return { encoding: 'utf-32', mark: 0 };
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', mark: 2 };
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', mark: 2 };
  if (head.length < 2 || (a === 0) === (b === 0)) return { encoding: 'utf-8', mark: 0 };
  return { encoding: a === 0 ? 'utf-16be' : 'utf-16le', mark: 0 };
}

/** A byte that no UTF-8 text contains; it makes the row around it a row that is not valid text. */
const NO_TEXT = Buffer.from([0xff]);
const LONE_SURROGATE = /\p{Surrogate}/u;

function toUtf8(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts = text.split(LONE_SURROGATE).map((part) => Buffer.from(part, 'utf8'));
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [NO_TEXT, part])));
}

function isHighSurrogate(bytes: Buffer, at: number): boolean {
  return at >= 0 && (bytes.readUInt16LE(at) & 0xfc00) === 0xd800;
}

/** UTF-16 as UTF-8, piece by piece. */
async function* transcoded(pieces: AsyncIterable<Buffer>, isBigEndian: boolean): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece]);
    const whole = bytes.length - (bytes.length % 2);
    const units = Buffer.from(bytes.subarray(0, whole));
    if (isBigEndian) units.swap16();
    const end = isHighSurrogate(units, whole - 2) ? whole - 2 : whole;
    rest = bytes.subarray(end);
    if (end > 0) yield toUtf8(units.toString('utf16le', 0, end));
  }
  if (rest.length > 0) yield NO_TEXT;
}

async function* withHead(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}

function wideText(path: string): KeelError {
  return new KeelError({
    code: 'dataset.encoding',
    why: `${path} is encoded as UTF-32, or starts with bytes that are no text.`,
    fix: 'Save the file as UTF-8.',
  });
}

/**
 * A text file as UTF-8 without a byte order mark, in pieces. UTF-16 is converted; bytes that are no text in the file's
 * encoding stay invalid, so that they become the fault of their row. Throws what {@link openBytes} throws, and
 * `dataset.encoding`.
 */
export async function* openText(path: string, options: ReadOptions): AsyncGenerator<Buffer> {
  const pieces = openBytes(path, options);
  let head: Buffer = Buffer.alloc(0);
  try {
    while (head.length < 4) {
      const next = await pieces.next();
      if (next.done) break;
      head = Buffer.concat([head, next.value]);
    }
    const { encoding, mark } = encodingOf(head);
    if (encoding === 'utf-32') throw wideText(path);
    const bytes = withHead(head.subarray(mark), pieces);
    yield* encoding === 'utf-8' ? bytes : transcoded(bytes, encoding === 'utf-16be');
  } finally {
    await pieces.return(undefined);
  }
}
