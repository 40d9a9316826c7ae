import type { JobMessage } from '#contract/api/jobs.ts';
import type { ResolvedEntry } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { locateReferences, runReferences } from '../host/artifact-references.ts';
import type { HostSetup } from '../host/host-setup.ts';
import { runShortJob } from '../host/run-jobs.ts';
import { bindStages } from '../host/run-pipeline.ts';
import { makeScratchFolder, removeScratchFolder } from '../preflight/run-preflight.ts';
import type { KnownStudy } from './study-runner.ts';

/** The first run that is compared: all of them start from the same policy, with the same prompts and scores. */
function firstCompared({ entries }: KnownStudy): ResolvedEntry {
  return entries.find(({ shared }) => shared === null)!;
}

/** The runs that made what the others refer to. Throws `study_unprepared` if one has not finished. */
function sharedRuns({ entries, runs }: KnownStudy): ReadonlyMap<string, string> {
  const shared = entries.flatMap(({ key, shared: name }) => (name === null ? [] : [[name, runs.get(key)] as const]));
  const missing = shared.filter(([, run]) => run?.state !== 'finished').map(([name]) => name);
  if (missing.length > 0) {
    throw new KeelError({
      code: 'study_unprepared',
      why: `The shared run ${missing.join(', ')} of this study has not finished.`,
      fix: 'Wait until it has, then sample.',
    });
  }
  return new Map(shared.map(([name, run]) => [name, run!.id as string]));
}

/**
 * Samples several responses of a study's starting policy to its fixed prompts and scores them, in a process of its own. The
 * last message is the result. Throws `study_unprepared`, what the engine throws, and `canceled` if the signal aborts.
 */
export async function* sampleStart(
  setup: HostSetup,
  known: KnownStudy,
  samples: number,
  signal?: AbortSignal,
): AsyncGenerator<JobMessage> {
  const config = bindStages(firstCompared(known).file, sharedRuns(known));
  const { locations } = locateReferences(setup.store.read, runReferences(config));
  const scratch = makeScratchFolder(setup.home);
  try {
    const job = { kind: 'sample_start' as const, config: { ...config }, samples, scratch, locations: { ...locations } };
    yield* runShortJob(setup, { job, folder: known.baseFolder }, signal);
  } finally {
    removeScratchFolder(setup.home, scratch);
  }
}
