import { readdirSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, normalize, relative, resolve, sep } from 'node:path';
import type { Detail } from '#contract/api/runs/run-records.ts';
import { fieldOf, PATH_FIELDS } from '#contract/config/path-fields.ts';
import { REFERENCE } from '#contract/ids.ts';
import type { JobOf } from '#engine/protocol.ts';
import { configTexts, replaceTexts } from '../runs/host/artifact-references.ts';
import { sha256Of } from './zip.ts';

type RunJob = JobOf<'run'>;

/** A file of this machine, and where it belongs below the job's folder on the node. */
export interface PlacedFile {
  readonly from: string;
  readonly to: string;
  /** The run writes to it, so it may not share its content with other jobs of the node. */
  readonly isWritten: boolean;
}

/** A run as it is handed over: its job with paths of the node, and the files behind them. */
export interface Travel {
  readonly job: RunJob;
  readonly files: readonly PlacedFile[];
  /** A text of the node, such as a path, in the words of this machine. */
  readonly home: (text: string) => string;
}

/** On the node, the engine works in `base` beside `home`, the data folder of this one run. */
const RUNS = '../home/runs';
const AWAY = '../home/away';

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

/** Plans the way of a run's job to a node and of its texts back. */
export function planTravel(job: RunJob, baseFolder: string): Travel {
  const runFolder = `${RUNS}/${job.runId}`;
  const named = configTexts(job.config).filter(({ path, text }) => PATH_FIELDS.has(fieldOf(path)) && isPath(text));
  const places = new Map(named.map(({ text }) => [text, placeOf(baseFolder, text)]));
  const located = Object.entries(job.locations).map(([name, folder]) => ({ name, folder, to: placeOf('/', folder) }));
  const inputs = [...places].map(([text, to]) => ({ from: resolve(baseFolder, text), to, text }));
  const references = located.map(({ folder, to }) => ({ from: folder, to, text: folder }));
  const onNode = (folder: string) => folder.replace(job.runFolder, runFolder);
  const words = [
    ...[...inputs, ...references].filter(({ to, text }) => to !== text),
    { to: runFolder, text: job.runFolder },
  ];
  return {
    job: {
      ...job,
      config: replaceTexts(job.config, (text) => places.get(text) ?? text) as Detail,
      runFolder,
      resumeFrom: job.resumeFrom === null ? null : onNode(job.resumeFrom),
      locations: Object.fromEntries(located.map(({ name, to }) => [name, to])),
    },
    files: [
      ...[...inputs, ...references].flatMap(({ from, to }) => filesIn(from, belowJob(to))),
      ...filesOfRun(job.runFolder, belowJob(runFolder)),
    ],
    home: (text) => words.reduce((known, { to, text: local }) => known.replaceAll(to, local), text),
  };
}

const isPath = (text: string) => !REFERENCE.test(text);

/** A path that is relative to `base`, relative to the job's folder. */
function belowJob(path: string): string {
  return path.startsWith('../') ? path.slice(3) : `base/${posix(normalize(path))}`;
}
