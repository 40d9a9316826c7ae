import { type ListFileEntry, listFiles, modelInfo } from '@huggingface/hub';
import { KeelError } from '#contract/errors.ts';
import { chooseFiles } from './choose-files.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { hubError } from './hub-error.ts';
import type { HubModel } from './protocol.ts';

export interface HubRequest {
  readonly endpoint: string;
  readonly token: string | null;
  /** `owner/name` */
  readonly repository: string;
  readonly revision: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;
const REVISION = /^(refs\/pr\/\d{1,6}|[A-Za-z0-9][A-Za-z0-9._-]{0,99})$/;
const COMMIT = /^[0-9a-f]{40}$/;
const MOST_ENTRIES = 10_000;

function badName(why: string): KeelError {
  return new KeelError({ code: 'hub_name_bad', why, fix: 'Use owner/name, as in the URL of the model page.' });
}

/** Options for every call to the hub. */
export function callOptions({ endpoint, token }: Pick<HubRequest, 'endpoint' | 'token'>) {
  const url = new URL(endpoint);
  const hubUrl = url.href.replace(/\/+$/, '');
  return { hubUrl, fetch: guardedFetch(url), ...(token && { accessToken: token }) };
}

async function allFiles(request: HubRequest, commit: string): Promise<ListFileEntry[]> {
  const repo = { type: 'model' as const, name: request.repository };
  const entries: ListFileEntry[] = [];
  for await (const entry of listFiles({ repo, revision: commit, ...callOptions(request) })) {
    entries.push(entry);
    if (entries.length > MOST_ENTRIES) throw badName(`${request.repository} has too many files to be a model.`);
  }
  return entries;
}

/**
 * Looks up the contents of a repository on the hub. Throws `hub_name_bad`, `hub_not_found`, `hub_gated`, `hub_failed`,
 * `hub_unreachable`, `hub_refused`, `hub_unsafe_format`, `hub_no_model`.
 */
export async function lookUp(request: HubRequest): Promise<HubModel> {
  const { repository, revision } = request;
  if (!NAME.test(repository) || repository.includes('..')) throw badName(`${repository} is not a repository name.`);
  if (!REVISION.test(revision) || revision.includes('..')) throw badName(`${revision} is not a revision.`);
  try {
    const fields: ('sha' | 'cardData')[] = ['sha', 'cardData'];
    const info = await modelInfo({ name: repository, revision, additionalFields: fields, ...callOptions(request) });
    if (!COMMIT.test(info.sha)) throw badName(`The hub did not report a commit for ${repository}.`);
    const entries = await allFiles(request, info.sha);
    const files = chooseFiles(repository, entries);
    const { license } = (info.cardData ?? {}) as { readonly license?: unknown };
    return {
      repository,
      commit: info.sha,
      license: typeof license === 'string' ? license : null,
      gated: Boolean(info.gated),
      files: files.map((file) => ({ ...file, hash: { ...file.hash } })),
      leftOut: entries.filter(({ type }) => type === 'file').length - files.length,
    };
  } catch (error) {
    throw hubError(error, repository);
  }
}
