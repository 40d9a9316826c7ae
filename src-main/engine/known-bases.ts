import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A model of the library, as an engine process hears of it. */
export interface KnownModel {
  readonly name: string;
  readonly folder: string;
  /** Original folder, or `owner/name@revision` on the hub. */
  readonly origin: string | null;
}

/** The environment variable with the library's models as JSON. */
const KNOWN_MODELS = 'KEEL_KNOWN_MODELS';
/** The environment variable with the number of further models, which had no room in the other. */
const LEFT_OUT = 'KEEL_KNOWN_MODELS_LEFT_OUT';

/** Linux refuses variables from 128 KiB on; this is room for about 500 models. */
const MOST_BYTES = 100_000;

/** The environment from which an engine process reads {@link readKnownModels}: the first of the models that fit. */
export function knownModelsEnvironment(models: readonly KnownModel[]): NodeJS.ProcessEnv {
  const kept: KnownModel[] = [];
  let bytes = 0;
  for (const { name, folder, origin } of models) {
    bytes += Buffer.byteLength(JSON.stringify({ name, folder, origin })) + 1;
    if (bytes > MOST_BYTES) break;
    kept.push({ name, folder, origin });
  }
  return { [KNOWN_MODELS]: JSON.stringify(kept), [LEFT_OUT]: String(models.length - kept.length) };
}

/** The models of the library that the host has passed on. */
export function readKnownModels(environment: NodeJS.ProcessEnv): readonly KnownModel[] {
  return JSON.parse(environment[KNOWN_MODELS] || '[]') as readonly KnownModel[];
}

/** Whether a text can be a name on the hub: `owner/name`. */
export function isHubName(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/.test(text);
}

/** Hugging Face's folder of downloaded models. Source: huggingface_hub's constants.py. */
function hubCache({ HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME }: NodeJS.ProcessEnv): string {
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  return HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || join(home, 'hub');
}

function textOf(path: string): string | null {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, 'utf8').trim() : null;
}

/** Snapshots of a repository in the cache: that of the revision if it is known, otherwise all. */
function cachedSnapshots(cached: string, revision: string): readonly string[] {
  const snapshots = join(cached, 'snapshots');
  if (!existsSync(snapshots)) return [];
  const commit = /^[\w.-]+$/.test(revision) ? (textOf(join(cached, 'refs', revision)) ?? revision) : revision;
  const names = readdirSync(snapshots);
  return (names.includes(commit) ? [commit] : names).map((name) => join(snapshots, name));
}

const nameOnly = (path: string) => path.split('/').at(-1) as string;
/** `SmolLM2-135M.Q4_1.gguf` is a file of `SmolLM2-135M`. */
const withoutType = (name: string) => name.replace(/\.gguf$/i, '').replace(/[.-](I?Q\d\w*|F16|F32|BF16)$/i, '');
const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** What a search for a model by its name on the hub has found, and where it has looked. */
export interface FoundBases {
  readonly folders: readonly string[];
  readonly looked: readonly string[];
}

/**
 * Models on this machine that a name on the hub can mean. Three places are searched in this order, and those of the
 * first with a match are returned: models that the library has from the hub under that name, Hugging Face's cache, and
 * models of the library with a similar name. The same folder counts once.
 * @param revision branch, tag, or commit.
 */
export function findByHubName(
  name: string,
  revision: string,
  models: readonly KnownModel[],
  environment: NodeJS.ProcessEnv,
): FoundBases {
  const cache = hubCache(environment);
  const cached = join(cache, `models--${name.replace('/', '--')}`);
  const isFrom = ({ origin, name: own }: KnownModel) =>
    isSame(own, name) || (origin !== null && isSame(origin.split('@')[0] as string, name));
  const isNamed = ({ name: own, folder }: KnownModel) =>
    [own, nameOnly(folder)].some((one) => isSame(withoutType(one), nameOnly(name)));
  const folders = (found: readonly KnownModel[]) => found.map(({ folder }) => folder);
  const places = [folders(models.filter(isFrom)), cachedSnapshots(cached, revision), folders(models.filter(isNamed))];
  const found = places.map((paths) => paths.filter((path) => existsSync(path))).find((paths) => paths.length > 0) ?? [];
  const byRealPath = new Map(found.map((path) => [realpathSync(path), path]));
  const leftOut = Number(environment[LEFT_OUT] ?? 0);
  const searched =
    leftOut > 0 ? `the newest ${models.length} of ${models.length + leftOut} models` : `${models.length} models`;
  const library = `the library (${searched}; none from ${name} or named ${nameOnly(name)})`;
  return { folders: [...byRealPath.values()], looked: [library, cached] };
}
