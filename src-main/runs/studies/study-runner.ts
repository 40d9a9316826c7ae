import type { StudyPlace } from '#contract/api/clusters.ts';
import type { Run, RunState } from '#contract/api/runs/run-state.ts';
import { type ResolvedEntry, type ResolvedStudy, resolveStudy } from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import { inTransaction } from '../../store/database.ts';
import { insertStudyEntry, readStudyEntries, readStudyPlan } from '../../store/queries/studies.ts';
import { deviceOf } from '../host/device-of-run.ts';
import type { RunHost } from '../host/run-host.ts';
import { bindStages } from '../host/run-pipeline.ts';

/** A run of a study that has ended so is not started again by itself. */
const ENDED = new Set<RunState>(['finished', 'failed', 'stopped', 'interrupted']);

/** Ends of a run whose job or node was lost: it goes on in another job, from its last checkpoint here. */
const LOST = new Set(['cluster_job_ended', 'cluster_job_lost']);
/** A run that loses so many jobs in a row has another problem. */
const MOST_LOSSES = 3;

interface PlannedRuns extends ResolvedStudy {
  readonly baseFolder: string;
  /** The cluster that computes them; null for this machine. */
  readonly place: StudyPlace | null;
}

/** A planned study with the runs that exist so far, by the key of their entry. */
export interface KnownStudy extends PlannedRuns {
  readonly runs: ReadonlyMap<string, Run>;
}

function findRun(host: RunHost, id: string): Run | null {
  try {
    return host.find(id);
  } catch (error) {
    // In the trash, or removed: the entry has no run then.
    if (error instanceof KeelError) return null;
    throw error;
  }
}

/**
 * Runs planned studies: ordinary runs in the order of the plan, one after the other, or several at once on a cluster.
 * Nothing is stored about a study's progress besides its runs, so it goes on from whatever they are, also after the host
 * has died.
 */
export class StudyRunner {
  readonly #host: RunHost;
  readonly #running = new Map<number, Promise<void>>();
  readonly #stopping = new Set<number>();
  /** A plan never changes, and resolving one takes a while. */
  readonly #plans = new Map<number, PlannedRuns>();

  constructor(host: RunHost) {
    this.#host = host;
  }

  isRunning(id: number): boolean {
    return this.#running.has(id);
  }

  /** A planned study as it stands. Throws `study_unplanned` if its runs were only put together. */
  known(id: number): KnownStudy {
    const runs = [...readStudyEntries(this.#host.setup.store.read, id)].flatMap(([entry, run]) => {
      const found = findRun(this.#host, run);
      return found ? [[entry, found] as const] : [];
    });
    return { ...this.#plan(id), runs: new Map(runs) };
  }

  #plan(id: number): PlannedRuns {
    const known = this.#plans.get(id);
    if (known) return known;
    const planned = readStudyPlan(this.#host.setup.store.write, id);
    if (!planned) {
      throw new KeelError({
        code: 'study_unplanned',
        why: `Study ${id} has no config: its runs were put together by hand.`,
        fix: 'Start a study from a config: keel study CONFIG.',
      });
    }
    const { baseFolder, place } = planned;
    const plan = { ...resolveStudy(planned.plan), baseFolder, place };
    this.#plans.set(id, plan);
    return plan;
  }

  /** Runs what has not finished yet, each part once. Throws `study_active`, `study_unplanned`. */
  start(id: number): void {
    if (this.isRunning(id)) {
      throw new KeelError({ code: 'study_active', why: `Study ${id} is running already.`, fix: 'Watch it instead.' });
    }
    this.known(id);
    this.#stopping.delete(id);
    const ended = this.#run(id).finally(() => {
      this.#running.delete(id);
      // Watchers have read the end of its last run; only now the study has ended as well.
      for (const run of this.known(id).runs.values()) this.#host.setup.signals.change(run.id);
    });
    this.#running.set(id, ended);
    // What a run cannot record, such as a full disk, is told to its own watchers.
    ended.catch(() => undefined);
  }

  /** Ends the study after its runs have written a checkpoint, or without one. */
  stop(id: number, { now = false } = {}): void {
    if (!this.isRunning(id)) return;
    this.#stopping.add(id);
    for (const run of this.known(id).runs.values()) {
      if (!ENDED.has(run.state)) this.#host.stop(run.id, { now });
    }
  }

  /** Resolves when the study no longer runs. */
  async ended(id: number): Promise<void> {
    await this.#running.get(id);
  }

  /** Between two runs nothing may wait, or a process that stays only while runs are active would leave. */
  async #run(id: number): Promise<void> {
    const known = this.known(id);
    const shared = new Map<string, string>();
    for (const entry of known.entries) {
      if (entry.shared === null) continue;
      const run = await this.#toEnd(id, known, entry, shared);
      if (run?.state !== 'finished') return;
      shared.set(entry.shared, run.id);
    }
    const left = known.entries.filter((entry) => entry.shared === null);
    const takeInTurn = async () => {
      for (let entry = left.shift(); entry; entry = left.shift()) {
        const run = await this.#toEnd(id, known, entry, shared);
        // Others that are under way go on to their ends; none begins any more.
        if (!run || run.state === 'stopped' || run.state === 'interrupted') left.length = 0;
      }
    };
    await Promise.all(Array.from({ length: known.place?.parallel ?? 1 }, takeInTurn));
  }

  /** Sees an entry through, in other jobs if one is lost. Null if the study was stopped before. */
  async #toEnd(
    id: number,
    known: KnownStudy,
    entry: ResolvedEntry,
    shared: ReadonlyMap<string, string>,
  ): Promise<Run | null> {
    let run = known.runs.get(entry.key) ?? null;
    for (let lost = 0; run?.state !== 'finished'; lost += 1) {
      if (this.#stopping.has(id)) return null;
      run = await this.#execute(id, known, entry, run, shared);
      const goesOn = run.state === 'interrupted' && LOST.has(run.error?.code ?? '') && lost < MOST_LOSSES;
      if (!goesOn) return run;
    }
    return run;
  }

  /** Runs an entry, continues its run from an earlier attempt, or waits for one that is active already. */
  async #execute(
    id: number,
    { baseFolder, place }: KnownStudy,
    { key, config: given, file }: ResolvedEntry,
    earlier: Run | null,
    shared: ReadonlyMap<string, string>,
  ): Promise<Run> {
    const host = this.#host;
    if (earlier && !ENDED.has(earlier.state) && host.activeRuns().includes(earlier.id)) {
      return this.#untilEnd(earlier);
    }
    const config = bindStages(file, shared);
    const device = deviceOf({ on: place });
    const run =
      earlier ??
      this.#create(id, key, { config, given: JSON.stringify(bindStages(given, shared)), baseFolder, device });
    if (earlier) host.requeue(run);
    await host.execute(run);
    return host.find(run.id);
  }

  #create(
    id: number,
    key: string,
    wanted: { config: Record<string, unknown>; given: string; baseFolder: string; device: string },
  ): Run {
    const { setup } = this.#host;
    const { config, given: configGiven, baseFolder, device } = wanted;
    const [recipe, name] = [String(config.recipe), String(config.name)];
    const run = this.#host.create({ recipe, name, config, configGiven, baseFolder, device });
    inTransaction(setup.store.write, () => insertStudyEntry(setup.store.write, id, key, run.id));
    return run;
  }

  async #untilEnd({ id }: Run): Promise<Run> {
    for (;;) {
      const next = this.#host.setup.signals.next(id);
      const run = this.#host.find(id);
      if (ENDED.has(run.state)) return run;
      await next;
    }
  }
}

const runners = new WeakMap<RunHost, StudyRunner>();

/** The one runner of a host. */
export function studiesOf(host: RunHost): StudyRunner {
  const known = runners.get(host) ?? new StudyRunner(host);
  runners.set(host, known);
  return known;
}
