import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { SetupError } from './setup-error.mjs';

const END_SIGNATURE = 0x06054b50;
const END64_LOCATOR_SIGNATURE = 0x07064b50;
const ENTRY_SIGNATURE = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;
const END_LENGTH = 22;
const LOCATOR_LENGTH = 20;
const MAX_COMMENT = 65_535;
const SATURATED = 0xffffffff;

/**
 * @typedef {object} ZipEntry
 * @property {string} name
 * @property {number} method
 * @property {number} compressedSize
 * @property {number} size
 * @property {number} headerOffset
 */

/**
 * @param {import('node:fs/promises').FileHandle} file
 * @param {number} position
 * @param {number} length
 */
async function readAt(file, position, length) {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** @param {string} path */
function broken(path) {
  return new SetupError('zip-broken', `${path} is not a complete zip file.`, 'Download it again.');
}

/**
 * Finds the central directory; archives with more than 4 GB or 65,535 entries store its position in a zip64 record.
 * @param {import('node:fs/promises').FileHandle} file
 * @param {string} path
 * @returns {Promise<{ offset: number, length: number }>}
 */
async function findDirectory(file, path) {
  const { size } = await file.stat();
  const tailStart = Math.max(0, size - END_LENGTH - MAX_COMMENT - LOCATOR_LENGTH);
  const tail = await readAt(file, tailStart, size - tailStart);
  for (let at = tail.length - END_LENGTH; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END_SIGNATURE) continue;
    const locator = at - LOCATOR_LENGTH;
    if (locator >= 0 && tail.readUInt32LE(locator) === END64_LOCATOR_SIGNATURE) {
      const record = await readAt(file, Number(tail.readBigUInt64LE(locator + 8)), 56);
      return { length: Number(record.readBigUInt64LE(40)), offset: Number(record.readBigUInt64LE(48)) };
    }
    return { length: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16) };
  }
  throw broken(path);
}

/**
 * Replaces saturated 32-bit fields with their 64-bit values, which are stored in this order in extra field 1.
 * @param {ZipEntry} entry
 * @param {Buffer} extra
 * @returns {ZipEntry}
 */
function widen(entry, extra) {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let field = at + 4;
    const next = () => {
      const value = Number(extra.readBigUInt64LE(field));
      field += 8;
      return value;
    };
    const size = entry.size === SATURATED ? next() : entry.size;
    const compressedSize = entry.compressedSize === SATURATED ? next() : entry.compressedSize;
    const headerOffset = entry.headerOffset === SATURATED ? next() : entry.headerOffset;
    return { ...entry, size, compressedSize, headerOffset };
  }
  return entry;
}

/**
 * Lists the entries of a zip file (wheels are zip files).
 * @param {string} path
 * @returns {Promise<ZipEntry[]>}
 * @throws {SetupError} `zip-broken`
 */
export async function listZip(path) {
  const file = await open(path, 'r');
  try {
    const directory = await findDirectory(file, path);
    const bytes = await readAt(file, directory.offset, directory.length);
    const entries = [];
    for (let at = 0; at + 46 <= bytes.length && bytes.readUInt32LE(at) === ENTRY_SIGNATURE; ) {
      const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
      const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
      const entry = {
        name: bytes.toString('utf8', at + 46, nameEnd),
        method: bytes.readUInt16LE(at + 10),
        compressedSize: bytes.readUInt32LE(at + 20),
        size: bytes.readUInt32LE(at + 24),
        headerOffset: bytes.readUInt32LE(at + 42),
      };
      entries.push(widen(entry, bytes.subarray(nameEnd, extraEnd)));
      at = extraEnd + bytes.readUInt16LE(at + 32);
    }
    if (entries.length === 0) throw broken(path);
    return entries;
  } finally {
    await file.close();
  }
}

/**
 * Unpacks selected entries as a stream.
 * @param {string} path the zip file
 * @param {(name: string) => string | null} place target path of an entry, relative to `folder`; null skips it
 * @param {string} folder
 * @param {(bytes: number) => void} [onBytes] called for every unpacked chunk
 * @returns {Promise<number>} number of files written
 * @throws {SetupError} `zip-broken`, also for a name that points outside the folder
 */
export async function unzip(path, place, folder, onBytes = () => {}) {
  let written = 0;
  for (const entry of await listZip(path)) {
    const relative = entry.name.endsWith('/') ? null : place(entry.name);
    if (relative === null) continue;
    if (/(^|[\\/])\.\.([\\/]|$)|^[\\/]|^[A-Za-z]:/.test(relative)) throw broken(path);
    await unpackEntry(path, entry, join(folder, relative), onBytes);
    written++;
  }
  return written;
}

/**
 * @param {string} path
 * @param {ZipEntry} entry
 * @param {string} target
 * @param {(bytes: number) => void} onBytes
 */
async function unpackEntry(path, entry, target, onBytes) {
  if (entry.method !== STORED && entry.method !== DEFLATED) throw broken(path);
  const file = await open(path, 'r');
  const header = await readAt(file, entry.headerOffset, 30).finally(() => file.close());
  if (header.length < 30) throw broken(path);
  const start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  await mkdir(dirname(target), { recursive: true });
  let size = 0;
  const count = new Transform({
    transform(chunk, _encoding, done) {
      size += chunk.length;
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  const source =
    entry.compressedSize > 0
      ? createReadStream(path, { start, end: start + entry.compressedSize - 1, highWaterMark: 1 << 20 })
      : Transform.from([]);
  const plain =
    entry.method === DEFLATED ? createInflateRaw({ chunkSize: 1 << 20 }) : new Transform({ transform: pass });
  await pipeline(source, plain, count, createWriteStream(target));
  if (size !== entry.size) throw broken(path);
}

/**
 * @param {Buffer} chunk
 * @param {BufferEncoding} _encoding
 * @param {(error: Error | null, chunk: Buffer) => void} done
 */
function pass(chunk, _encoding, done) {
  done(null, chunk);
}
