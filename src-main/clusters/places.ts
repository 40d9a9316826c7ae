import { readdirSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { fieldOf, PATH_FIELDS } from '#contract/config/path-fields.ts';
import { REFERENCE } from '#contract/ids.ts';
import type { JobOf } from '#engine/protocol.ts';
import { configTexts, replaceTexts } from '../runs/host/artifact-references.ts';
import { bringHome, planAdapters } from './adapter-travel.ts';
import type { HandedRun } from './handed-run.ts';
import { sha256Of } from './zip.ts';

type RunJob = JobOf<'run'>;
type TrialJob = JobOf<'preflight'>;
/** A job that a cluster can do. */
export type TravelingJob = RunJob | TrialJob;

/** A file of this machine, and where it belongs below the job's folder on the node. */
export interface PlacedFile {
  readonly from: string;
  readonly to: string;
  /** What it says on the node, where that is not what it says here. */
  readonly text?: string;
  /** The run writes to it, so it may not share its content with other jobs of the node. */
  readonly isWritten: boolean;
}

/** A run, or a trial of one, as it is handed over: its job with paths of the node, and the files behind them. */
export interface Travel<Job extends TravelingJob = TravelingJob> {
  readonly job: Job;
  readonly files: readonly PlacedFile[];
  /** A text of the node, such as a path, in the words of this machine. */
  readonly home: (text: string) => string;
  /** What a file of the run's folder says on this machine. */
  readonly bringHome: (path: string, bytes: Buffer) => Buffer;
}

/** On the node, the engine works in `base` beside `home`, the data folder of this one run. */
const RUNS = '../home/runs';
const AWAY = '../home/away';
/** Where a trial writes, below its own folder. */
const SCRATCH = 'scratch';

function filesIn(path: string, to: string, isWritten = false): readonly PlacedFile[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [{ from: path, to, isWritten }];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.isFile())
    .map((entry) => {
      const from = join(entry.parentPath, entry.name);
      return { from, to: posix(join(to, relative(path, from))), isWritten };
    });
}

const posix = (path: string) => path.split(sep).join('/');

/** A path below the config's folder keeps its name; any other gets a place of its own, the same in every job. */
function placeOf(baseFolder: string, text: string): string {
  const way = normalize(text);
  if (!isAbsolute(text) && !way.startsWith('..')) return text;
  const path = resolve(baseFolder, text);
  return `${AWAY}/${sha256Of(Buffer.from(path)).slice(0, 16)}/${basename(path)}`;
}

/** What the run's folder already holds: checkpoints to resume from, and the hashes of its data. */
function filesOfRun(runFolder: string, to: string): readonly PlacedFile[] {
  return readdirSync(runFolder).flatMap((name) => {
    const isState = /^checkpoint-\d{8}$/.test(name) || (name.endsWith('.json') && !/^(run|cluster)\.json$/.test(name));
    return isState ? filesIn(join(runFolder, name), `${to}/${name}`, true) : [];
  });
}

/** What a job names in its own folder. A trial leaves what later stages need where a run has its models. */
function withOwnFolder<Job extends TravelingJob>(job: Job, from: string, to: string): Job {
  if (job.kind === 'preflight')
    return { ...job, scratch: `${to}/${SCRATCH}`, standIn: job.standIn === null ? null : to };
  return { ...job, runFolder: to, resumeFrom: job.resumeFrom === null ? null : job.resumeFrom.replace(from, to) };
}

/** Plans the way of a job to a node and of its texts back. */
export function planTravel<Job extends TravelingJob>(
  job: Job,
  { id, folder, baseFolder, models }: Pick<HandedRun, 'id' | 'folder' | 'baseFolder' | 'models'>,
): Travel<Job> {
  const runFolder = `${RUNS}/${id}`;
  const named = configTexts(job.config).filter(({ path, text }) => PATH_FIELDS.has(fieldOf(path)) && isPath(text));
  const places = new Map(named.map(({ text }) => [text, placeOf(baseFolder, text)]));
  const located = Object.entries(job.locations).map(([name, folder]) => ({ name, folder, to: placeOf('/', folder) }));
  const inputs = [...places].map(([text, to]) => ({ from: resolve(baseFolder, text), to, text }));
  const references = located.map(({ folder, to }) => ({ from: folder, to, text: folder }));
  const adapters = planAdapters([...inputs, ...references], models, (path) => placeOf('/', path));
  const placed = [...inputs, ...references, ...adapters.bases];
  const rewritten = new Map([...adapters.rewritten].map(([to, text]) => [belowJob(to), text]));
  const known = new Map(placed.map(({ from, to }) => [belowJob(to), from]));
  const words = [
    ...[...inputs, ...references].filter(({ to, text }) => to !== text),
    ...adapters.bases.map(({ from, to }) => ({ to, text: from })),
    { to: runFolder, text: folder },
  ];
  return {
    job: {
      ...withOwnFolder(job, folder, runFolder),
      config: replaceTexts(job.config, (text) => places.get(text) ?? text) as Detail,
      locations: Object.fromEntries(located.map(({ name, to }) => [name, to])),
    },
    files: [
      ...placed
        .flatMap(({ from, to }) => filesIn(from, belowJob(to)))
        .map((file) => ({ ...file, ...said(rewritten.get(file.to)) })),
      ...(job.kind === 'run' ? filesOfRun(folder, belowJob(runFolder)) : []),
    ],
    home: (text) => words.reduce((told, { to, text: local }) => told.replaceAll(to, local), text),
    bringHome: (path, bytes) => bringHome(known, { id, folder }, path, bytes),
  };
}

const said = (text: string | undefined) => (text === undefined ? {} : { text });
const isPath = (text: string) => !REFERENCE.test(text);

/** A path that is relative to `base`, relative to the job's folder. */
function belowJob(path: string): string {
  return path.startsWith('../') ? path.slice(3) : `base/${posix(normalize(path))}`;
}
