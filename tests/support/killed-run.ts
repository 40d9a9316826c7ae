import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { seededGenerator } from '#engine/runtime/host-random.ts';
import { collectOrphans, listCheckpoints, verifyCheckpoint } from '#engine/session/checkpoint/checkpoints.ts';
import { metricRows, runEngine } from './engine-run.ts';

export interface KilledRunOptions {
  readonly config: Readonly<Record<string, unknown>>;
  readonly folder: string;
  /** How often the run is killed before it may finish. */
  readonly kills: number;
  readonly seed: number;
  readonly mode?: 'compiled' | 'eager';
}

export interface KilledRunOutcome {
  /** Kills that hit a running process. */
  readonly kills: number;
  /** What is not equal to the uninterrupted run; empty when resume is exact. */
  readonly differences: readonly string[];
}

interface Finished {
  readonly rows: Map<string, number>;
  readonly weights: Readonly<Record<string, string>>;
}

/** Hashes of the last checkpoint's weight files and of the final artifacts. */
function weightHashes(runFolder: string): Readonly<Record<string, string>> {
  const last = listCheckpoints(runFolder).at(-1);
  if (!last) throw new Error(`${runFolder} has no checkpoint`);
  const { files } = verifyCheckpoint(last.folder);
  return Object.fromEntries(
    Object.entries(files)
      .filter(([name]) => name.endsWith('.safetensors'))
      .map(([name, { sha256 }]) => [`${last.step}/${name}`, sha256]),
  );
}

function expectEnd(result: Awaited<ReturnType<typeof runEngine>>): void {
  const last = result.events.at(-1);
  if (last?.kind !== 'summary')
    throw new Error(`the run did not finish: ${JSON.stringify(last)} ${result.signal ?? result.code}`);
}

async function runWhole(options: KilledRunOptions, runFolder: string): Promise<{ finished: Finished; events: number }> {
  const result = await runEngine({
    config: options.config,
    runFolder,
    resumeFrom: null,
    ...(options.mode && { mode: options.mode }),
  });
  expectEnd(result);
  const finished = { rows: metricRows(result.events), weights: weightHashes(runFolder) };
  return { finished, events: result.events.length };
}

/** A kill comes a random part of a few milliseconds after a random event, so that it hits steps and writes alike. */
const LONGEST_DELAY = 30;

async function runKilled(options: KilledRunOptions, runFolder: string, events: number) {
  const random = seededGenerator(options.seed, 'kills');
  const rows = new Map<string, number>();
  let kills = 0;
  for (let attempt = 0; ; attempt++) {
    collectOrphans(runFolder);
    const resumeFrom = listCheckpoints(runFolder).at(-1)?.folder ?? null;
    const mayFinish = attempt >= options.kills;
    const fatalEvent = 2 + random.integer(Math.max(1, Math.floor(0.7 * events)));
    const delay = random.uniform() * LONGEST_DELAY;
    let seen = 0;
    let timer: NodeJS.Timeout | undefined;
    const result = await runEngine({
      config: options.config,
      runFolder,
      resumeFrom,
      ...(options.mode && { mode: options.mode }),
      onEvent: (_, process) => {
        seen += 1;
        if (seen === fatalEvent && !mayFinish) timer = setTimeout(() => process.kill('SIGKILL'), delay);
      },
    });
    clearTimeout(timer);
    metricRows(result.events, rows);
    if (result.signal === 'SIGKILL') kills += 1;
    else {
      expectEnd(result);
      return { rows, kills };
    }
  }
}

/** Runs a config once without and once with kills at random moments, and names every difference. */
export async function compareKilledRun(options: KilledRunOptions): Promise<KilledRunOutcome> {
  const whole = join(options.folder, 'whole');
  const killed = join(options.folder, 'killed');
  for (const place of [whole, killed]) mkdirSync(place, { recursive: true });
  const { finished, events } = await runWhole(options, whole);
  const { rows, kills } = await runKilled(options, killed, events);
  const weights = weightHashes(killed);
  const differences = [
    ...[...finished.rows]
      .filter(([key, value]) => !Object.is(rows.get(key), value))
      .map(([key, value]) => `${key}: ${value} and ${rows.get(key)}`),
    ...[...rows.keys()].filter((key) => !finished.rows.has(key)).map((key) => `${key} is new`),
    ...Object.entries(finished.weights)
      .filter(([name, hash]) => weights[name] !== hash)
      .map(([name]) => `weights ${name}`),
  ];
  return { kills, differences };
}
