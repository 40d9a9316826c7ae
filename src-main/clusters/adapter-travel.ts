import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, posix } from 'node:path';
import { ADAPTER_CONFIG, baseFolderOf, isAdapterFolder, readAdapterJson, writtenBase } from '#engine/adapter-base.ts';
import type { KnownModel } from '#engine/known-bases.ts';

/** A file or folder of this machine, and its place on the node, relative to where the engine works. */
export interface Placed {
  readonly from: string;
  readonly to: string;
}

const asText = (json: object) => `${JSON.stringify(json, null, 2)}\n`;

/** The adapters among what a job reads: which bases travel with them, and what their descriptions say on the node. */
export interface AdapterTravel {
  readonly bases: readonly Placed[];
  /** By the description's place on the node. */
  readonly rewritten: ReadonlyMap<string, string>;
}

/**
 * Plans the way of adapters to a node, where each has to find its base. A base that the job reads anyway is the same folder
 * there, so that the engine shares it as it would here. Throws what {@link baseFolderOf} throws.
 * @param place chooses the place on the node of a folder of this machine
 */
export function planAdapters(
  inputs: readonly Placed[],
  models: readonly KnownModel[],
  place: (folder: string) => string,
): AdapterTravel {
  const places = new Map<string, Placed>();
  const rewritten = new Map<string, string>();
  for (const { from, to } of inputs) {
    const isFolder = statSync(from, { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (!isFolder || !isAdapterFolder(from)) continue;
    const folder = realpathSync(baseFolderOf(from, models));
    const known = inputs.find((one) => isSamePlace(one.from, folder)) ?? { from: folder, to: place(folder) };
    places.set(folder, known);
    const base = posix.relative(posix.join('/job/base', to), posix.join('/job/base', known.to));
    const json = { ...readAdapterJson(from), base_model_name_or_path: base };
    rewritten.set(posix.join(to, ADAPTER_CONFIG), asText(json));
  }
  return { bases: [...places.values()].filter((one) => !inputs.includes(one)), rewritten };
}

function isSamePlace(path: string, folder: string): boolean {
  try {
    return realpathSync(path) === folder;
  } catch {
    // What is not there is nobody's base; the engine says what is missing.
    return false;
  }
}

/**
 * What a file of the run's folder on the node says on this machine: an adapter's description names its base by a path.
 * @param known folders of this machine by their path below the job's folder
 */
export function bringHome(
  known: ReadonlyMap<string, string>,
  run: { readonly id: string; readonly folder: string },
  path: string,
  bytes: Buffer,
): Buffer {
  if (basename(path) !== ADAPTER_CONFIG) return bytes;
  const json = JSON.parse(bytes.toString('utf8')) as { readonly base_model_name_or_path?: unknown };
  const named = String(json.base_model_name_or_path);
  const below = isAbsolute(named)
    ? named.replace(/^.*\/jobs\/[^/]+\//, '')
    : posix.join('home/runs', run.id, posix.dirname(path), named);
  const base = known.get(below);
  if (base === undefined) return bytes;
  const written = writtenBase(base, join(run.folder, dirname(path)), run.folder);
  return Buffer.from(asText({ ...json, base_model_name_or_path: written }));
}
