import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { type Fault, KeelError } from '#contract/errors.ts';
import { isFloatDtype } from './dtypes.ts';
import { openSafetensors, type SafetensorsFile } from './open-safetensors.ts';
import type { TensorEntry } from './parse-header.ts';

/** All tensors of a model folder, across shards. */
export interface WeightFiles {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly files: readonly string[];
  /** Whether a tensor holds floats, which `read` widens to float32. */
  isFloat(name: string): boolean;
  read(name: string): Float32Array<ArrayBuffer>;
  close(): void;
}

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const MAX_INDEX_BYTES = 100_000_000;

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Whether a file is among the blobs to which a snapshot in Hugging Face's cache links:
 * `models--owner--name/snapshots/<commit>` and `models--owner--name/blobs`.
 */
function isBlobOf(real: string, snapshot: string): boolean {
  const snapshots = dirname(snapshot);
  return basename(snapshots) === 'snapshots' && dirname(real) === join(dirname(snapshots), 'blobs');
}

function shardFault(folder: string, name: string): string | null {
  if (name !== basename(name) || name === '..' || name.includes('\\') || name.includes('\0'))
    return 'is not a plain file name';
  const path = join(folder, name);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 'is missing';
  if (!stats.isFile()) return 'is not a regular file';
  const [real, within] = [realpathSync(path), realpathSync(folder)];
  const isOwn = real.startsWith(within + sep) || isBlobOf(real, within);
  return isOwn ? null : 'points outside the model folder';
}

/** Name → shard according to the index; a Map, so that no name can reach a prototype. */
function readIndex(folder: string): ReadonlyMap<string, string> {
  const path = join(folder, INDEX);
  const broken = (why: string) =>
    new KeelError({ code: 'model_index_invalid', why: `${path}: ${why}`, fix: 'Download the index file again.' });
  if (statSync(path).size > MAX_INDEX_BYTES) throw broken('it is larger than 100 MB.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw broken('it is not valid JSON.');
  }
  const map = (parsed as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw broken('it has no weight_map.');
  const entries = Object.entries(map);
  if (entries.some(([, shard]) => typeof shard !== 'string')) throw broken('weight_map must map names to file names.');
  return new Map(entries as [string, string][]);
}

function openShards(folder: string, names: readonly string[]): SafetensorsFile[] {
  const faults = names.flatMap((name): Fault[] => {
    const why = shardFault(folder, name);
    return why ? [{ where: name, why: `${JSON.stringify(name)} ${why}.` }] : [];
  });
  if (faults.length > 0) {
    throw new KeelError({
      code: 'model_shards',
      why: `${folder}: ${faults.map((fault) => fault.why).join(' ')}`,
      fix:
        'Complete the download of this model folder. Every weight file must be directly in the folder (a download ' +
        'cache contains links: copy the files).',
      faults,
    });
  }
  const opened: SafetensorsFile[] = [];
  try {
    for (const name of names) opened.push(openSafetensors(join(folder, name)));
    return opened;
  } catch (error) {
    for (const file of opened) file.close();
    throw error;
  }
}

function indexFaults(index: ReadonlyMap<string, string>, files: readonly SafetensorsFile[]): Fault[] {
  const faults: Fault[] = [];
  const holders = new Map<string, string>();
  for (const file of files) {
    for (const name of file.tensors.keys()) {
      const other = holders.get(name);
      if (other) faults.push({ where: name, why: `${name} is in both ${other} and ${basename(file.path)}.` });
      holders.set(name, basename(file.path));
    }
  }
  for (const [name, shard] of index) {
    const holder = holders.get(name);
    if (holder !== shard)
      faults.push({ where: name, why: `the index assigns ${name} to ${shard}, but it is in ${holder ?? 'no shard'}.` });
  }
  return faults;
}

function combine(files: readonly SafetensorsFile[]): WeightFiles {
  const tensors = new Map<string, TensorEntry>();
  const owner = new Map<string, SafetensorsFile>();
  for (const file of files) {
    for (const [name, entry] of file.tensors) {
      tensors.set(name, entry);
      owner.set(name, file);
    }
  }
  return {
    tensors,
    files: files.map((file) => file.path),
    isFloat: (name) => isFloatDtype(tensors.get(name)?.dtype ?? ''),
    read: (name) => {
      const file = owner.get(name);
      if (!file) throw new Error(`No weight file contains ${name}.`);
      return file.read(name);
    },
    close: () => {
      for (const file of files) file.close();
    },
  };
}

/** Opens one safetensors file by its own path, as a set of weights. */
export function openWeightFile(path: string): WeightFiles {
  return combine([openSafetensors(path)]);
}

/**
 * Opens `model.safetensors`, or the shards named by its index, all checked before any value is read.
 * @returns null if the folder has neither.
 * @throws KeelError `model_shards` (all missing or unsafe shards), `model_index_invalid`, `safetensors_invalid`.
 */
export function openWeightFiles(folder: string): WeightFiles | null {
  if (exists(join(folder, SINGLE))) return combine(openShards(folder, [SINGLE]));
  if (!exists(join(folder, INDEX))) return null;
  const index = readIndex(folder);
  const files = openShards(folder, [...new Set(index.values())].sort());
  const faults = indexFaults(index, files);
  if (faults.length === 0) return combine(files);
  for (const file of files) file.close();
  const why = `${folder}: the index and the shards do not match (${faults.length}): ${faults[0]?.why}`;
  throw new KeelError({ code: 'model_index_invalid', why, fix: 'Download the model folder again.', faults });
}
