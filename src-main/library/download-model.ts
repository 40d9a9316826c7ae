import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Hub, Model, Repository } from '#contract/api/library/model-library.ts';
import { PRIVATE_FOLDER } from '../disk/private-mode.ts';
import { hubPlaces } from '../hub/places.ts';
import type { HubModel } from '../hub/protocol.ts';
import type { HostSetup } from '../runs/host/host-setup.ts';
import { createHubClient } from './hub-client.ts';
import { keepModel, kindOfFolder } from './model-library.ts';
import type { WorkStep } from './work-channel.ts';

const DEFAULT_ENDPOINT = 'https://huggingface.co';

interface Wanted {
  readonly repository: string;
  readonly revision: string;
}

/** The hub to download models from. A page cannot choose it; it is set when Keel starts. */
export function hubOf(environment: NodeJS.ProcessEnv = process.env): Hub {
  return {
    endpoint: environment.KEEL_HUB_ENDPOINT || DEFAULT_ENDPOINT,
    hasToken: Boolean(environment.KEEL_HUB_TOKEN),
  };
}

function command({ repository, revision }: Wanted, models: string | null) {
  const { endpoint } = hubOf();
  return { endpoint, token: process.env.KEEL_HUB_TOKEN || null, repository: repository.trim(), revision, models };
}

function bytesIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function describe(home: string, model: HubModel): Repository {
  const { folder, partial } = hubPlaces(join(home, 'models'), model.repository, model.commit);
  const files = model.files.map(({ path, bytes }) => ({ path, bytes }));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const { repository, commit, license, gated, leftOut } = model;
  const isThere = existsSync(folder);
  return { repository, commit, license, gated, leftOut, files, bytes, folder, isThere, resumable: bytesIn(partial) };
}

/** Looks up the contents of a repository on the hub without writing anything. Throws what the hub's lookup throws. */
export async function lookUpModel({ home }: Pick<HostSetup, 'home'>, wanted: Wanted): Promise<Repository> {
  return describe(home, await createHubClient(command(wanted, null), () => undefined));
}

/**
 * Downloads a model to `<home>/models` and adds it once its folder has passed the check for added folders.
 * Throws what the hub's download and `addModel` throw.
 */
export async function downloadModel(
  setup: HostSetup,
  wanted: Wanted,
  report: (step: WorkStep) => void,
  signal: AbortSignal,
): Promise<Model> {
  const models = join(setup.home, 'models');
  mkdirSync(models, { recursive: true, mode: PRIVATE_FOLDER });
  const onBytes = (done: number, total: number) => report({ phase: 'download', done, total, unit: 'byte' });
  const { repository, commit } = await createHubClient(command(wanted, models), onBytes, signal);
  const { folder } = hubPlaces(models, repository, commit);
  const kind = await kindOfFolder(setup, folder, report, signal);
  const origin = `${repository}@${commit.slice(0, 12)}`;
  return keepModel(setup, { name: repository, folder, source: 'downloaded', origin, kind });
}
