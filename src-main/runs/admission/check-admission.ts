import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JobMessage } from '#contract/api/jobs.ts';
import { type Admission, admissionSchema } from '#contract/api/runs/admission.ts';
import type { Detail } from '#contract/api/runs/run-records.ts';
import type { Run, StoredInput } from '#contract/api/runs/run-state.ts';
import {
  configInvalid,
  describeFollowed,
  isInside,
  parseConfigText,
  type ResolvedConfig,
  resolveDespiteFaults,
  workerFaults,
} from '#contract/config/index.ts';
import { type Fault, KeelError } from '#contract/errors.ts';
import { listInputs } from '../../store/queries/lineage.ts';
import { listStages } from '../../store/queries/runs.ts';
import { retentionPolicy } from '../archive/apply-retention.ts';
import { estimateDiskBytes, requireDiskSpace } from '../archive/disk-space.ts';
import { findReferences, runReferences } from '../host/artifact-references.ts';
import type { HostSetup } from '../host/host-setup.ts';
import { runShortJob } from '../host/run-jobs.ts';
import { deviceFault } from './device-fault.ts';
import { type ConfigPart, partsOf, partsToResume } from './parts-of-run.ts';

/** Time for reading data. A run checks what is left; nobody should have to wait for that here. */
const READING_SECONDS = 10;

type CheckMessage = Extract<JobMessage, { readonly kind: 'progress' | 'log' }>;
/** A check in progress; returns what it has found. */
export type Checking = AsyncGenerator<CheckMessage, Admission>;

const NOTHING_FOUND: Admission = { faults: [], notes: [] };

function folderFault(baseFolder: string): Fault | null {
  if (statSync(baseFolder, { throwIfNoEntry: false })?.isDirectory()) return null;
  const why = `the folder ${resolve(baseFolder)}, from which paths start, does not exist`;
  return { where: 'the config', why, fix: 'Save the config in a folder that exists.', code: 'folder_missing' };
}

/** The space that a run needs for its checkpoints, as far as its models are known. */
function diskFault(
  { home }: HostSetup,
  config: Detail,
  baseFolder: string,
  locations: Readonly<Record<string, string>>,
): Fault | null {
  try {
    requireDiskSpace(home, estimateDiskBytes(config, baseFolder, locations), retentionPolicy(config).budgetBytes);
    return null;
  } catch (error) {
    if (!(error instanceof KeelError)) throw error;
    const { code, why, fix } = error;
    const where = code === 'disk_budget' ? 'checkpoints.disk_budget_gb' : 'checkpoints';
    return { where, why: why.replace(/\.$/, ''), fix, code };
  }
}

/** Configs of one study have most of their faults in common. */
function distinct(faults: readonly Fault[]): Fault[] {
  return [...new Map(faults.map((fault) => [`${fault.where} ${fault.why}`, fault])).values()];
}

/**
 * Checks the parts of a config in one process of their own, which loads neither TensorFlow nor weights.
 * @param earlier the inputs of former starts, whose models a resumed run opens again.
 */
export async function* checkParts(
  setup: HostSetup,
  parts: readonly ConfigPart[],
  baseFolder: string,
  signal?: AbortSignal | undefined,
  earlier: readonly StoredInput[] = [],
): Checking {
  const noFolder = folderFault(baseFolder);
  if (noFolder) return { faults: [noFolder], notes: [] };
  const located = parts.map((part) => {
    return { part, ...findReferences(setup.store.read, runReferences(part.config), earlier) };
  });
  const own = located.flatMap(({ part, locations, faults }) => {
    const disk = part.stage === 'model_init' ? null : diskFault(setup, part.config, baseFolder, locations);
    const device = deviceFault({ home: setup.home, environment: process.env }, part.config);
    const found = [disk, device].filter((fault) => fault !== null);
    return [...faults, ...found].map((fault) => ({ ...fault, where: `${part.at}${fault.where}` }));
  });
  const job = {
    kind: 'admission' as const,
    parts: located.map(({ part, locations }) => ({ ...part, config: { ...part.config }, locations: { ...locations } })),
    seconds: READING_SECONDS,
  };
  for await (const message of runShortJob(setup, { job, folder: baseFolder, computes: false }, signal)) {
    if (message.kind === 'progress' || message.kind === 'log') yield message;
    if (message.kind !== 'result') continue;
    const { faults, notes } = admissionSchema.parse(message.result);
    return { faults: distinct([...own, ...faults]), notes };
  }
  return NOTHING_FOUND;
}

/** The defaults that were adapted to the user's values. */
function followedNotes(resolved: ResolvedConfig): readonly string[] {
  if (!('stages' in resolved)) return resolved.followed.map((one) => describeFollowed(one));
  return resolved.stages.flatMap(({ stage, followed }) =>
    followed.map((one) => describeFollowed(one, `stages.${stage}.`)),
  );
}

interface Request {
  readonly config: string;
  readonly baseFolder: string;
  readonly overrides?: readonly string[] | undefined;
  /** Where the run is computed; its workers may not know every config. */
  readonly on?: { readonly workers?: number | undefined } | null | undefined;
}

/** What workers, if there are any, cannot compute of a run. */
function faultsOfWorkers(parts: readonly ConfigPart[], workers = 0): readonly Fault[] {
  if (workers === 0) return [];
  return parts
    .filter(({ stage }) => stage !== 'model_init')
    .flatMap(({ at, config }) => workerFaults(config).map((fault) => ({ ...fault, where: `${at}${fault.where}` })));
}

/**
 * Checks a config and everything that it refers to, and reports all faults together: those of its own values, and those
 * of references, folders, tokenizers, rewards, certificates, lengths, files, columns, rows, and disk. Makes no run and
 * writes nothing. Throws `config_unreadable`, and `canceled` if the signal aborts.
 */
export async function* checkRequest(setup: HostSetup, request: Request, signal?: AbortSignal): Checking {
  const raw = parseConfigText(request.config, 'The config');
  const { resolved, faults: own } = resolveDespiteFaults(raw, request.overrides);
  const ofConfig = own.map((fault) => ({ ...fault, code: 'config_invalid' }));
  if (!resolved) return { faults: ofConfig, notes: [] };
  const parts = partsOf(resolved);
  const { faults, notes } = yield* checkParts(setup, parts, request.baseFolder, signal);
  const all = [...faultsOfWorkers(parts, request.on?.workers), ...faults];
  const others = all.filter(({ where }) => !isInside(where, ofConfig));
  return { faults: [...ofConfig, ...others], notes: [...followedNotes(resolved), ...notes] };
}

/** The same for several resolved configs whose paths start from the same folder. */
export async function* checkResolved(
  setup: HostSetup,
  configs: readonly ResolvedConfig[],
  baseFolder: string,
  signal?: AbortSignal,
): Checking {
  return yield* checkParts(setup, configs.flatMap(partsOf), baseFolder, signal);
}

/** The same for a run to resume, and only for what it has yet to compute. */
export async function* checkResume(setup: HostSetup, run: Run, signal?: AbortSignal): Checking {
  const { read } = setup.store;
  const earlier = [run, ...listStages(read, run.id)].flatMap(({ number }) => listInputs(read, number));
  return yield* checkParts(setup, partsToResume(read, run), run.baseFolder, signal, earlier);
}

/** Throws an error with every fault: `config_invalid`, the code that all faults have in common, or `run_refused`. */
export function requireAdmitted({ faults }: Admission): void {
  const [first, ...others] = faults;
  if (!first) return;
  const common = others.every(({ code }) => code === first.code) ? first.code : undefined;
  if (common === 'config_invalid') throw configInvalid(faults);
  const isAlone = others.length === 0;
  throw new KeelError({
    code: common ?? 'run_refused',
    why: `The run was not started${isAlone ? `. ${first.where}: ${first.why.replace(/\.$/, '')}` : `: ${faults.length} problems`}.`,
    fix: isAlone ? (first.fix ?? '') : 'Solve the problems listed, then start it again. Nothing was changed.',
    faults,
  });
}

async function endOf(checking: Checking): Promise<Admission> {
  for (;;) {
    const { done, value } = await checking.next();
    if (done) return value;
  }
}

/** Runs a check to its end without its messages. Throws what {@link requireAdmitted} throws. */
export async function admitted(checking: Checking): Promise<void> {
  requireAdmitted(await endOf(checking));
}

/** The same for work that needs no room on the disk, such as measuring how much a run would need. */
export async function admittedBesidesDisk(checking: Checking): Promise<void> {
  const { faults, notes } = await endOf(checking);
  requireAdmitted({ faults: faults.filter(({ code }) => code !== 'disk_space' && code !== 'disk_budget'), notes });
}
