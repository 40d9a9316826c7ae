import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type UploadRequest, uploadRequestSchema } from '#contract/api/files.ts';
import { KeelError } from '#contract/errors.ts';
import { decodeBytes } from '#contract/float-array.ts';
import { orDiskFull } from '../disk/disk-full.ts';
import { removeBelow } from '../disk/remove-below.ts';
import { topNameOf } from './upload-names.ts';

const GIGABYTE = 2 ** 30;
const LARGEST_BYTES = 64 * GIGABYTE;
/** Kept free for checkpoints and the store. */
const RESERVE_BYTES = GIGABYTE;
const DAY_MILLISECONDS = 86_400_000;

const uploadsFolder = (home: string) => join(home, 'uploads');
const partialUploads = (home: string) => join(uploadsFolder(home), '.partial');
const partialFolder = (home: string, upload: string) => join(partialUploads(home), upload);
const partOf = (folder: string, index: number) => join(folder, String(index));

function refusal(code: string, why: string, fix: string): KeelError {
  return new KeelError({ code, why, fix });
}

/** Removes uploads that were started and never completed, for example because the browser was closed. */
function removeStale(home: string, now: number): void {
  const folder = partialUploads(home);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (now - statSync(path).mtimeMs > DAY_MILLISECONDS) removeBelow(folder, path);
  }
}

/** Prepares an upload. Throws `upload_names_bad`, `upload_too_large`, `disk_space`. */
export function beginUpload(home: string, request: UploadRequest, now: number): string {
  topNameOf(request);
  removeStale(home, now);
  const bytes = request.files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > LARGEST_BYTES) {
    const fix = 'Copy it to a folder on this machine and choose it there.';
    throw refusal('upload_too_large', `The upload has ${Math.ceil(bytes / GIGABYTE)} GB; the limit is 64 GB.`, fix);
  }
  const upload = randomUUID();
  const folder = partialFolder(home, upload);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = statfsSync(folder);
  if (bytes + RESERVE_BYTES > bavail * bsize) {
    removeBelow(partialUploads(home), folder);
    const missing = Math.ceil((bytes + RESERVE_BYTES - bavail * bsize) / 2 ** 20);
    throw refusal('disk_space', 'The disk of the data folder has too little space for it.', `Free ${missing} MB.`);
  }
  for (const index of request.files.keys()) writeFileSync(partOf(folder, index), '', { mode: 0o600 });
  writeFileSync(join(folder, 'request.json'), JSON.stringify(request));
  return upload;
}

function requestOf(folder: string): UploadRequest {
  try {
    return uploadRequestSchema.parse(JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8')));
  } catch {
    throw refusal('upload_unknown', 'This upload was never started or has already ended.', 'Start it again.');
  }
}

/** One piece of one file. */
export interface Piece {
  readonly upload: string;
  readonly index: number;
  readonly offset: number;
  /** Base64. */
  readonly data: string;
}

/** Appends a piece and returns the bytes received so far. Throws `upload_unknown`, `upload_piece_bad`, `disk_full`. */
export function writeUpload(home: string, { upload, index, offset, data }: Piece): number {
  const folder = partialFolder(home, upload);
  const announced = requestOf(folder).files[index];
  const part = partOf(folder, index);
  const received = announced ? statSync(part).size : 0;
  if (!announced || offset !== received) {
    throw refusal(
      'upload_piece_bad',
      `File ${index} continues at byte ${received}, not ${offset}.`,
      'Send it from there.',
    );
  }
  const bytes = piece(data);
  if (received + bytes.length > announced.bytes) {
    throw refusal('upload_piece_bad', `File ${index} is longer than announced.`, 'Start the upload again.');
  }
  const file = openSync(part, 'a');
  try {
    orDiskFull('The upload', part, () => writeSync(file, bytes), announced.bytes - received);
  } finally {
    closeSync(file);
  }
  return received + bytes.length;
}

function piece(data: string): Uint8Array {
  try {
    return decodeBytes(data);
  } catch {
    throw refusal('upload_piece_bad', 'The piece is not base64.', 'Send it again.');
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(bytes as Buffer);
  return hash.digest('hex');
}

function place(part: string, target: string): void {
  const file = openSync(part, 'r+');
  fsyncSync(file);
  closeSync(file);
  mkdirSync(dirname(target), { recursive: true });
  renameSync(part, target);
}

/**
 * Moves a completed upload to its final name, below a folder named by its content hash: equal content is stored once.
 * Throws `upload_unknown`, `upload_incomplete`.
 */
export async function endUpload(home: string, upload: string): Promise<string> {
  const folder = partialFolder(home, upload);
  const request = requestOf(folder);
  const top = topNameOf(request);
  const { files } = request;
  const short = files.filter(({ bytes }, index) => statSync(partOf(folder, index)).size !== bytes);
  if (short.length > 0) {
    throw refusal(
      'upload_incomplete',
      `The upload is incomplete: ${short.map(({ name }) => name).join(', ')}.`,
      'Send the rest.',
    );
  }
  const hashes = await Promise.all(files.map((_, index) => hashOf(partOf(folder, index))));
  const lines = files.map(({ name }, index) => `${hashes[index]} ${name}\n`).toSorted();
  const content = files.length === 1 ? hashes[0]! : createHash('sha256').update(lines.join('')).digest('hex');
  const target = join(uploadsFolder(home), content, top);
  if (!existsSync(target)) {
    for (const [index, { name }] of files.entries()) place(partOf(folder, index), join(folder, 'tree', name));
    mkdirSync(dirname(target), { recursive: true });
    renameSync(join(folder, 'tree', top), target);
  }
  dropUpload(home, upload);
  return target;
}

export function dropUpload(home: string, upload: string): void {
  removeBelow(partialUploads(home), partialFolder(home, upload));
}
