import type { z } from 'zod';
import type { Removal } from '#contract/api/run-archive.ts';
import type { OverviewBatch } from '#contract/api/runs/overview.ts';
import type { rollbackRequestSchema } from '#contract/api/runs/rollback.ts';
import type { Detail, Progress } from '#contract/api/runs/run-records.ts';
import type { Run, RunState } from '#contract/api/runs/run-state.ts';
import type { RunBatch, StartRequest } from '#contract/api/runs/runs.ts';
import {
  type LiveChange,
  parseConfigText,
  requireLiveChanges,
  resolveConfig,
  withChanges,
} from '#contract/config/index.ts';
import { KeelError } from '#contract/errors.ts';
import type { EngineCommand } from '#engine/protocol.ts';
import { isDiskFull } from '../../disk/disk-full.ts';
import { durably, inTransaction } from '../../store/database.ts';
import { type HomeIdentity, recognizeHome } from '../../store/home-identity.ts';
import { listChanges } from '../../store/queries/events.ts';
import { forgetPlace } from '../../store/queries/queue-places.ts';
import { endRun, listStages, readConfig, readRun, setRunning, setState } from '../../store/queries/runs.ts';
import { planRollback } from '../archive/plan-rollback.ts';
import { type Rollback, rollBack } from '../archive/roll-back.ts';
import { purgeExpired, purgeRun, removeRun, restoreRun } from '../archive/trash.ts';
import { verifyBeforeRollback } from '../archive/verify-checkpoint.ts';
import { NOT_STORED, unstoredEnd, withUnstoredEnd, withWait } from '../engine/disk-wait.ts';
import { closeAbandonedRuns } from '../engine/orphan-engines.ts';
import { watchOverview } from '../views/watch-overview.ts';
import { ENDED, type WatchOptions, watchRun } from '../views/watch-run.ts';
import { ActiveRun } from './active-run.ts';
import { deviceOf } from './device-of-run.ts';
import { findRun } from './find-run.ts';
import type { HostSetup } from './host-setup.ts';
import { insertWithFolder } from './insert-with-folder.ts';
import { Recorder } from './recorder.ts';
import { requireOwnFolder, writeRunManifest } from './run-folder.ts';
import { type NewRunRequest, runPipeline, type StageHost } from './run-pipeline.ts';
import { createRunQueue, type RunQueue } from './run-queue.ts';
import { tellRun } from './run-signals.ts';
import { UnstoredEnds, whereStoreHasRoom } from './unstored-ends.ts';
import { WarmEngines } from './warm-engines.ts';

type RollbackWish = Omit<z.output<typeof rollbackRequestSchema>, 'run'>;

/** Hosts all runs of a data folder. There is one instance, in the process that holds the folder's lock. */
export class RunHost implements StageHost {
  readonly setup: HostSetup;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
  readonly identity: HomeIdentity;
  /** Engines that stay after a job. */
  readonly warm: WarmEngines;
  readonly queue: RunQueue;
  readonly #active = new Map<string, ActiveRun>();
  readonly #pipelines = new Map<string, Promise<void>>();
  readonly #stopping = new Set<string>();
  readonly #failures = new Map<string, unknown>();
  /** Ends of runs that could not be stored because the store had no space. */
  readonly #unstored: UnstoredEnds;

  constructor(setup: HostSetup, warm = new WarmEngines()) {
    this.setup = setup;
    this.warm = warm;
    this.openedAt = setup.now();
    this.queue = createRunQueue(setup);
    this.identity = recognizeHome(setup.store, setup.home);
    this.#unstored = new UnstoredEnds(setup);
    // The folder opens even on a full disk, so that the user can view runs and delete some.
    const unclosed = closeAbandonedRuns(setup.store, setup.home, setup.now());
    for (const { run, error } of unclosed) this.#unstored.add(run.id, error);
    whereStoreHasRoom(() => purgeExpired(setup, setup.now()));
  }

  /** Ids of the runs that are queued or have an engine, including pipelines. */
  activeRuns(): readonly string[] {
    return [...this.#active.keys(), ...this.#pipelines.keys()];
  }

  /** The run in its actual state. Throws `run_unknown`, `run_ambiguous`. */
  find(wanted: string): Run {
    return this.shown(findRun(this.setup.store.read, wanted));
  }

  /** The actual state of a stored run, including what could not be stored because the disk is full. */
  shown(run: Run): Run {
    if (ENDED.has(run.state)) return run;
    const active = this.#active.get(run.id) ?? (run.recipe === 'pipeline' ? this.#activeStage(run.id) : undefined);
    return withWait(withUnstoredEnd(run, this.#unstored.errorOf(run.id)), active?.wait ?? null);
  }

  /** Queues a run of a config that was admitted. Throws `config_invalid`. */
  start(request: StartRequest): Run {
    const { config: resolved, file } = resolveConfig(parseConfigText(request.config, 'The config'), request.overrides);
    const { config: configGiven, baseFolder } = request;
    const name = request.name ?? resolved.name;
    const device = deviceOf(request);
    const run = this.create({ recipe: resolved.recipe, config: file, configGiven, baseFolder, name, device });
    this.#enqueue(run);
    return run;
  }

  /** Continues the queue of a host that died, in its order; only a process that stays for its runs should. */
  takeUpQueue(): void {
    for (const run of this.queue.stored()) if (!this.#isActive(run.id)) this.#enqueue(run);
  }

  /** Creates a run in state `queued`, with its folder. */
  create(request: NewRunRequest): Run {
    const { id, folder } = insertWithFolder(this.setup, request);
    const run = this.find(id);
    // Written again at the end of the run, which waits for disk space.
    const { configGiven } = request;
    whereStoreHasRoom(() => writeRunManifest(folder, { format: 1, ...run, configGiven }));
    tellRun(this.setup.signals, run);
    return run;
  }

  /** Finds a run that ended early. Throws `run_finished`, `run_active`, `run_folder_foreign`. */
  findResumable(wanted: string): Run {
    const run = this.find(wanted);
    if (run.state === 'finished') throw refusal('run_finished', `The run ${run.id} has finished.`, 'Start a new run.');
    if (this.#isActive(run.id)) throw refusal('run_active', `${run.id} is already active.`, 'Watch it instead.');
    this.#requireOwnFolders(run);
    return run;
  }

  /** Queues a run that ended early again. Throws what {@link findResumable} throws. */
  resume(wanted: string): Run {
    const run = this.findResumable(wanted);
    this.#failures.delete(run.id);
    this.requeue(run);
    this.#unstored.delete(run.id);
    this.#enqueue(run);
    return this.find(run.id);
  }

  requeue(run: Run): void {
    const { store, signals } = this.setup;
    inTransaction(store.write, () => {
      setState(store.write, run.number, 'queued');
      forgetPlace(store.write, run.number);
    });
    tellRun(signals, run);
  }

  /** Runs to the end on its device; resolves with the final state. */
  async execute(run: Run): Promise<RunState> {
    const active = new ActiveRun(this.setup, run);
    this.#active.set(run.id, active);
    let state: RunState = 'stopped';
    try {
      const work = async () => {
        const end = this.warm.yieldToRun();
        state = await active.execute().finally(end);
      };
      await this.queue.enter(run, work, () => this.#isWanted(run));
    } catch (error) {
      if (!this.#keepUnstored(run, error)) throw error;
      state = 'interrupted';
    } finally {
      this.#active.delete(run.id);
      this.#stopping.delete(run.id);
      tellRun(this.setup.signals, run);
    }
    return state;
  }

  /** Ends a run at its next step with a checkpoint, or immediately without one. A queued run just leaves the queue. */
  stop(wanted: string, { now = false } = {}): Run {
    const run = this.find(wanted);
    if (this.#isActive(run.id)) this.#stopping.add(run.id);
    for (const stage of listStages(this.setup.store.read, run.id))
      if (this.#isActive(stage.id)) this.stop(stage.id, { now });
    this.#active.get(run.id)?.stop({ now });
    for (const one of this.#queuedOf(run)) this.#close(one, 'stopped');
    return this.find(run.id);
  }

  /**
   * Rolls back to a checkpoint, or to the start for 0. Later rows are kept under a branch number, and later checkpoints
   * are removed. A run with an engine does this immediately and continues; watch for the event. Throws what
   * {@link planRollback} throws, `change_refused`, `run_folder_foreign`, and `run_active` for a queued run.
   */
  async rollBack(wanted: string, { step, changes, goOn }: RollbackWish): Promise<Run> {
    const run = this.find(wanted);
    this.#requireOwnFolders(run);
    const { step: to } = planRollback(this.setup.store.read, run, step);
    this.#requireChanges(run, changes, to);
    await verifyBeforeRollback(run.folder, to);
    const rollback: Rollback = { step: to, changes, goOn, by: 'person' };
    const active = this.#active.get(run.id);
    if (run.state === 'queued') throw refusal('run_active', `${run.id} is waiting for its device.`, 'Stop it first.');
    if (active) active.rollBack(rollback);
    else await this.#rollBackAtRest(run, rollback);
    return this.find(run.id);
  }

  /** Passes a command to a run's engine. Throws `run_inactive` if it has none. */
  command(wanted: string, command: EngineCommand): Run {
    const run = this.find(wanted);
    this.#findActive(run).send(command);
    return run;
  }

  /**
   * Changes a value of a run, or of the active stage of a pipeline, from its next step.
   * Throws `run_inactive`, and `change_refused` for anything but a live field within its range.
   */
  set(wanted: string, change: LiveChange): Run {
    const run = this.find(wanted);
    const active = this.#findActive(run);
    this.#requireChanges(active.run, [change], Number.POSITIVE_INFINITY);
    active.send({ kind: 'set', ...change });
    return run;
  }

  progressOf(id: string): Progress | null {
    return this.#active.get(id)?.progress ?? null;
  }

  watch(wanted: string, options: WatchOptions): AsyncGenerator<RunBatch> {
    const { store, signals } = this.setup;
    const failureOf = (id: string) => this.#failures.get(id) ?? null;
    const shown = (run: Run) => this.shown(run);
    const watched = { db: store.read, signals, progressOf: (id: string) => this.progressOf(id), failureOf, shown };
    return watchRun(watched, this.find(wanted).id, options);
  }

  /** Watches the lines of the newest runs. */
  watchAll(options: {
    readonly limit: number;
    readonly signal?: AbortSignal | undefined;
  }): AsyncGenerator<OverviewBatch> {
    const { store, signals } = this.setup;
    const shown = (run: Run) => this.shown(run);
    return watchOverview({ db: store.read, signals, progressOf: (id) => this.progressOf(id), shown }, options);
  }

  /**
   * Moves a run and its stages to the trash, or deletes it permanently with `now`, including from the trash.
   * Throws `run_active`, and `run_in_use` unless forced. A run in the queue of a host that died leaves it.
   */
  remove(wanted: string, { force = false, now = false } = {}): Removal {
    const purged = now ? purgeRun(this.setup, wanted) : null;
    const queued = purged ? [] : this.#queuedOf(this.findIdle(wanted));
    const removal = purged ?? removeRun(this.setup, this.findIdle(wanted), { force, now }, this.setup.now());
    for (const run of queued) this.#close(run, 'stopped');
    for (const id of removal.removed) this.setup.signals.change(id);
    return removal;
  }

  /** Finds a run that is not active and has no active stage. Throws `run_active`. */
  findIdle(wanted: string): Run {
    const run = this.find(wanted);
    const ids = [run.id, ...listStages(this.setup.store.read, run.id).map(({ id }) => id)];
    if (ids.some((id) => this.#isActive(id))) throw refusal('run_active', `${run.id} is active.`, 'Stop it first.');
    return run;
  }

  /** Restores a run from the trash. Throws `run_unknown`. */
  restore(wanted: string): Run {
    const restored = restoreRun(this.setup, wanted);
    for (const id of restored) this.setup.signals.change(id);
    return this.find(restored[0] ?? wanted);
  }

  /** Resolves when no run is active. */
  async idle(): Promise<void> {
    while (this.activeRuns().length > 0) {
      await Promise.all([this.queue.device.idle(), ...this.#pipelines.values()]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Ends every run, with a checkpoint unless `now`, and waits until they have ended. */
  async close({ now = false } = {}): Promise<void> {
    for (const id of this.activeRuns()) this.stop(id, { now });
    this.warm.close();
    await this.idle();
  }

  isStopping(id: string): boolean {
    return this.#stopping.has(id);
  }

  async #rollBackAtRest(run: Run, rollback: Rollback): Promise<void> {
    const { store, now, signals } = this.setup;
    const ignore = () => undefined;
    const told = { onChange: () => signals.change(run.id), onBlocked: ignore, onBroken: ignore };
    const recorder = new Recorder({ db: store.write, run: run.number, now, ...told });
    await rollBack(this.setup, recorder, run, rollback);
    recorder.flush();
    if (rollback.goOn) this.resume(run.id);
  }

  #enqueue(run: Run): void {
    if (run.recipe === 'pipeline') {
      const ended = this.#runPipeline(run).catch((error: unknown) => this.#fail(run, error));
      this.#pipelines.set(
        run.id,
        ended.finally(() => this.#pipelines.delete(run.id)),
      );
      return;
    }
    this.execute(run).catch((error: unknown) => this.#fail(run, error));
  }

  /** The store can no longer be written: reports the error to watchers of the run, since no row can record it. */
  #fail(run: Run, error: unknown): void {
    if (!this.#keepUnstored(run, error)) this.#failures.set(run.id, error);
    this.setup.signals.change(run.id);
  }

  /** Keeps the end of a run in memory if it could not be stored on a full disk; false for any other error. */
  #keepUnstored(run: Run, error: unknown): boolean {
    const isUnstored = isDiskFull(error) || (error instanceof KeelError && error.code === NOT_STORED);
    if (isUnstored) this.#unstored.add(run.id, unstoredEnd(run.id, this.setup.store.path));
    return isUnstored;
  }

  async #runPipeline(run: Run): Promise<void> {
    const { store, now } = this.setup;
    inTransaction(store.write, () => setRunning(store.write, run.number, now()));
    this.setup.signals.change(run.id);
    const config = readConfig(store.read, run.number);
    const release = () => this.queue.device.release(run.id);
    const end = await runPipeline(this, run, config.resolved as Detail).finally(release);
    // A run that left the queue was ended immediately.
    const left = this.find(run.id);
    const at = now();
    const ended = left.state === 'stopped' ? left : { ...left, ...end, finishedAt: at, pausedBecause: null };
    // Written first, so that on a full disk both fail: the pipeline's end then counts as not stored.
    writeRunManifest(run.folder, { format: 1, ...ended, configGiven: config.given });
    if (ended !== left) durably(store.write, () => endRun(store.write, run.number, { ...end, at }));
    this.#stopping.delete(run.id);
    this.setup.signals.change(run.id);
  }

  #findActive(run: Run): ActiveRun {
    const active = this.#active.get(run.id) ?? this.#activeStage(run.id);
    if (!active)
      throw refusal('run_inactive', `The run ${run.id} is ${run.state}.`, `Resume it: keel resume ${run.id}`);
    return active;
  }

  /** Checks changes against the config with all changes up to a step applied. */
  #requireChanges({ number }: Run, changes: readonly LiveChange[], upTo: number): void {
    const { read } = this.setup.store;
    const inForce = listChanges(read, number).filter(({ step }) => step <= upTo);
    requireLiveChanges(withChanges(readConfig(read, number).resolved as Detail, inForce), changes);
  }

  #activeStage(id: string): ActiveRun | undefined {
    const stages = listStages(this.setup.store.read, id);
    return stages.map((stage) => this.#active.get(stage.id)).find((active) => active !== undefined);
  }

  /** Call this before anything is written to the folders of a run and its stages. */
  #requireOwnFolders(run: Run): void {
    const { home, store } = this.setup;
    for (const { folder } of [run, ...listStages(store.read, run.id)]) requireOwnFolder(home, folder);
  }

  /** A queued run, and those of its stages that are queued. */
  #queuedOf(run: Run): readonly Run[] {
    if (run.state !== 'queued') return [];
    return [run, ...listStages(this.setup.store.read, run.id).filter(({ state }) => state === 'queued')];
  }

  #isActive(id: string): boolean {
    return this.#active.has(id) || this.#pipelines.has(id);
  }

  #isWanted(run: Run): boolean {
    const isDropped = this.#unstored.errorOf(run.id) !== null;
    return !isDropped && readRun(this.setup.store.read, run.id)?.state === 'queued';
  }

  #close(run: Run, state: RunState): void {
    const { store, now, signals } = this.setup;
    const end = { state, at: now(), summary: null, error: null };
    try {
      durably(store.write, () => endRun(store.write, run.number, end));
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#keepUnstored(run, error);
    }
    tellRun(signals, run);
  }
}

function refusal(code: string, why: string, fix: string): KeelError {
  return new KeelError({ code, why, fix });
}
