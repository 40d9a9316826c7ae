import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { type Cluster, clusterSchema } from '#contract/api/clusters.ts';
import { CLUSTER_NAME } from '#contract/cluster-device.ts';
import { KeelError } from '#contract/errors.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../disk/private-mode.ts';
import { removeBelow } from '../disk/remove-below.ts';
import type { RayAddress } from './ray-api.ts';

/** Clusters of a data folder: one file each, which names where its token lies but does not contain it. */

const FOLDER = 'clusters';
const OTHERS = 0o077;

const fileOf = (home: string, name: string) => join(home, FOLDER, `${name}.json`);
const tokenOf = (home: string, name: string) => join(home, FOLDER, `${name}.token`);

function unknown(home: string, name: string): KeelError {
  const names = listClusters(home).map((one) => one.name);
  return new KeelError({
    code: 'cluster_unknown',
    why: `There is no cluster ${name}${names.length > 0 ? ` (there are: ${names.join(', ')})` : ''}.`,
    fix: `Add it: keel cluster add ${name} http://127.0.0.1:8265 --token-file FILE`,
  });
}

export function listClusters(home: string): readonly Cluster[] {
  const folder = join(home, FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => clusterSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
}

/** Throws `cluster_unknown`. */
export function findCluster(home: string, name: string): Cluster {
  const found = listClusters(home).find((one) => one.name === name);
  if (!found) throw unknown(home, name);
  return found;
}

/** Reads a token from a file that only its owner may read. Throws `cluster_token_missing`, `cluster_token_exposed`. */
function readToken(name: string, file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  const token = found?.isFile() ? readFileSync(file, 'utf8').trim() : '';
  if (!found || token === '') {
    throw new KeelError({
      code: 'cluster_token_missing',
      why: `The token of the cluster ${name} is not in ${file}.`,
      fix: 'On the head node, `ray get-auth-token --generate` prints it. Put it in a file that only you can read.',
    });
  }
  if (process.platform !== 'win32' && (found.mode & OTHERS) !== 0) {
    throw new KeelError({
      code: 'cluster_token_exposed',
      why: `Other users of this machine can read the token in ${file}.`,
      fix: `Close the file to others: chmod 600 ${file}`,
    });
  }
  return token;
}

/** The address of a cluster with its current token. Throws what {@link findCluster} and reading the token throw. */
export function addressOf(home: string, name: string): RayAddress {
  const { url, tokenFile } = findCluster(home, name);
  return { name, url, token: readToken(name, tokenFile) };
}

/** Where a new cluster's token comes from. */
export interface TokenSource {
  /** A file named by the user; null for the places where Ray itself looks. */
  readonly file: string | null;
  readonly environment: NodeJS.ProcessEnv;
}

/** A token that a user has typed, or the places where Ray looks. */
export function typedToken(token: string | null): TokenSource {
  return { file: null, environment: token === null ? process.env : { RAY_AUTH_TOKEN: token } };
}

/** A cluster that is not in the list yet. */
export interface ClusterDraft {
  readonly cluster: Cluster;
  readonly address: RayAddress;
  /** The token, if the list should keep it in a private file of its own. */
  readonly kept: string | null;
}

/**
 * The file with the token: the one that was named, otherwise as Ray does it: `RAY_AUTH_TOKEN` (in a private file of the
 * list from then on), `RAY_AUTH_TOKEN_PATH`, `~/.ray/auth_token`.
 */
function placeOfToken(home: string, name: string, { file, environment }: TokenSource) {
  const usual = environment.RAY_AUTH_TOKEN_PATH ?? join(homedir(), '.ray', 'auth_token');
  const kept = file === null && environment.RAY_AUTH_TOKEN ? environment.RAY_AUTH_TOKEN.trim() : null;
  return { tokenFile: kept === null ? resolve(file ?? usual) : tokenOf(home, name), kept };
}

function writePrivately(path: string, text: string): void {
  writeFileSync(`${path}.partial`, text, { mode: PRIVATE_FILE });
  renameSync(`${path}.partial`, path);
}

function requireUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed && /^https?:$/.test(parsed.protocol) && parsed.username === '') return parsed.origin;
  // What stands before an @ may be a password.
  const shown = url.replace(/^(\w+:\/\/)?[^/]*@/, '$1…@');
  throw new KeelError({
    code: 'cluster_url',
    why: `${shown} is not the address of a Ray dashboard.`,
    fix: 'Give an address such as http://127.0.0.1:8265.',
  });
}

/** A cluster that is not in the list yet. Throws `cluster_name`, `cluster_exists`, `cluster_url`. */
export function draftCluster(
  home: string,
  { name, url, force }: { readonly name: string; readonly url: string; readonly force: boolean },
  source: TokenSource,
): ClusterDraft {
  if (!CLUSTER_NAME.test(name)) {
    const why = `${name} cannot be the name of a cluster.`;
    throw new KeelError({ code: 'cluster_name', why, fix: 'Use lowercase letters, digits, and hyphens.' });
  }
  if (!force && existsSync(fileOf(home, name))) {
    const why = `There is a cluster ${name} already.`;
    throw new KeelError({ code: 'cluster_exists', why, fix: 'Choose another name, or remove that cluster first.' });
  }
  const { tokenFile, kept } = placeOfToken(home, name, source);
  const cluster = { name, url: requireUrl(url), tokenFile };
  return { cluster, address: { name, url: cluster.url, token: kept ?? readToken(name, tokenFile) }, kept };
}

/** Puts a cluster into the list, in place of one with its name. */
export function saveCluster(home: string, { cluster, kept }: Pick<ClusterDraft, 'cluster' | 'kept'>): void {
  mkdirSync(join(home, FOLDER), { recursive: true, mode: PRIVATE_FOLDER });
  const own = tokenOf(home, cluster.name);
  if (kept !== null) writePrivately(own, `${kept}\n`);
  else if (cluster.tokenFile !== own) removeBelow(join(home, FOLDER), own);
  writePrivately(fileOf(home, cluster.name), `${JSON.stringify(cluster, null, 2)}\n`);
}

/** Removes a cluster from the list, and the copy of its token. Throws `cluster_unknown`. */
export function removeCluster(home: string, name: string): void {
  findCluster(home, name);
  removeBelow(join(home, FOLDER), tokenOf(home, name));
  removeBelow(join(home, FOLDER), fileOf(home, name));
}
