import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packagePath } from './jobs-api.ts';
import { askRay, callRay, type RayAddress } from './ray-api.ts';
import { sha256Of, zip } from './zip.ts';

/** Bytes per upload: Ray keeps what is under way in the control store's memory. */
const PART_BYTES = 16 * 2 ** 20;

/** Content that a node may want, by its hash. */
export interface Content {
  readonly sha256: string;
  readonly bytes: number;
  /** One of its parts. */
  read(part: number): Promise<Buffer>;
}

/** Number of parts in which content travels. */
export function partsOf({ bytes }: Pick<Content, 'bytes'>): number {
  return Math.max(1, Math.ceil(bytes / PART_BYTES));
}

async function readPart(path: string, part: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PART_BYTES), 0, PART_BYTES, part * PART_BYTES);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** A file of this machine, hashed. */
export async function contentOf(path: string): Promise<Content> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path)) {
    hash.update(piece as Buffer);
    bytes += (piece as Buffer).length;
  }
  return { sha256: hash.digest('hex'), bytes, read: (part) => readPart(path, part) };
}

/** The same of a text. */
export function contentOfText(text: string): Content {
  const bytes = Buffer.from(text);
  return { sha256: sha256Of(bytes), bytes: bytes.length, read: async (part) => partOf(bytes, part) };
}

const partOf = (bytes: Buffer, part: number) => bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);

/** Uploads content in parts; the node takes them out of the control store as soon as it has all of them. */
export async function sendContent(address: RayAddress, submission: string, content: Content): Promise<void> {
  for (let part = 0; part < partsOf(content); part += 1) {
    const name = `keel-file-${submission}-${content.sha256}-${part}`;
    await askRay(address, 'PUT', packagePath(name), await content.read(part));
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What an engine and its relay need of Keel, without packages. */
const APP = ['package.json', 'package-lock.json', 'scripts/bootstrap.mjs'];
const APP_FOLDERS = ['scripts/setup', 'src-main/clusters', 'src-main/contract', 'src-main/disk', 'src-main/engine'];

function below(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

/** What workers are compared on with the engine before they compute a run. */
const STARTER = 'resources/starter';

const packed = new Map<boolean, Content>();

/** Keel's program for a node, packed once per process. @param isForWorkers with the starter model and its data */
export function appContent(isForWorkers: boolean): Content {
  const known = packed.get(isForWorkers);
  if (known) return known;
  const names = [...APP, ...[...APP_FOLDERS, ...(isForWorkers ? [STARTER] : [])].flatMap(below)];
  const bytes = zip(names.map((name) => ({ name, bytes: readFileSync(join(ROOT, name)) })));
  const content = { sha256: sha256Of(bytes), bytes: bytes.length, read: async (part: number) => partOf(bytes, part) };
  packed.set(isForWorkers, content);
  return content;
}

const PROGRAMS = 'resources/cluster';

/**
 * Uploads the programs that Ray starts, unless the cluster has them: it unpacks them on every node that the job uses.
 * Returns the name of their package.
 */
export async function ensureDriver(address: RayAddress): Promise<string> {
  const names = below(PROGRAMS).filter((name) => name.endsWith('.py'));
  const bytes = zip(names.map((name) => ({ name: relative(PROGRAMS, name), bytes: readFileSync(join(ROOT, name)) })));
  const name = `keel-driver-${sha256Of(bytes).slice(0, 32)}`;
  const { status } = await callRay(address, 'GET', packagePath(name));
  if (status !== 200) await askRay(address, 'PUT', packagePath(name), bytes);
  return name;
}
