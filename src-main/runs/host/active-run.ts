import { join } from 'node:path';
import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import type { Detail, Progress } from '#contract/api/runs/run-records.ts';
import type { Run, RunState } from '#contract/api/runs/run-state.ts';
import { KeelError } from '#contract/errors.ts';
import type { EngineCommand, EngineEvent, EngineSettings, JobRequest } from '#engine/protocol.ts';
import {
  checkpointFault,
  collectOrphans,
  listCheckpoints as foldersOf,
} from '#engine/session/checkpoint/checkpoints.ts';
import { isDiskFull, typedDiskError } from '../../disk/disk-full.ts';
import { removeBelow } from '../../disk/remove-below.ts';
import { durably, inTransaction } from '../../store/database.ts';
import { describeAttempt, endAttempt, insertAttempt, listAttempts, noteNetwork } from '../../store/queries/attempts.ts';
import { listChanges } from '../../store/queries/events.ts';
import { listInputs, upsertInput } from '../../store/queries/lineage.ts';
import { endRun, readConfig, readRun, runsInState, setRunning } from '../../store/queries/runs.ts';
import { applyRetention, retentionPolicy } from '../archive/apply-retention.ts';
import { estimateDiskBytes, requireDiskSpace } from '../archive/disk-space.ts';
import { cleanAbandoned, type Rollback, rollBack } from '../archive/roll-back.ts';
import { diskWait, storeWait, unstoredEnd } from '../engine/disk-wait.ts';
import { type Drive, driveEngine } from '../engine/drive-engine.ts';
import { engineRequest } from '../engine/engine-request.ts';
import type { Outcome } from '../engine/explain-exit.ts';
import { engineTag } from '../engine/orphan-engines.ts';
import { rollbackByConsent } from '../findings/doctor-consent.ts';
import { createRateMeter } from '../views/rate-meter.ts';
import { type Located, locateReferences } from './artifact-references.ts';
import { type End, hostBug, toEnd } from './end-of-attempt.ts';
import type { HostSetup } from './host-setup.ts';
import { noteReport } from './note-report.ts';
import { Recorder } from './recorder.ts';
import { appendLog, logEvent, writeRunManifest } from './run-folder.ts';
import { tellRun } from './run-signals.ts';

/** Recipe of a pipeline's first stage. */
const MODEL_INIT = 'model_init';

const RETRY_MILLISECONDS = 2000;
const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
type FoundCheckpoint = ReturnType<typeof foldersOf>[number];

/** A run while it has an engine: from the newest intact checkpoint, or from its start, to its end. */
export class ActiveRun {
  readonly #setup: HostSetup;
  readonly #run: Run;
  readonly #recorder: Recorder;
  #meter: (progress: Progress) => Progress;
  #drive: Drive | null = null;
  #attempt = 0;
  #networkCalls = 0;
  /** Commands received before the engine existed. */
  readonly #early: EngineCommand[] = [];
  /** Why the store currently accepts no rows, which wait in memory; null if it does. */
  #blocked: Error | null = null;
  /** The path without free space: the store, or a file in the run's folder. */
  #full: string | null = null;
  /** The engine's pause cause while it waits for disk space. */
  #engineWait: PauseCause | null = null;
  /** The user wants the run to end even if its end cannot be stored. */
  #isGivenUp = false;
  #storeFault: unknown = null;
  /** The requested rollback that ends the engine, if there is one. */
  #rollback: Rollback | null = null;
  /** Steps of checkpoints on disk that are damaged and were not rewritten. */
  readonly #rejected = new Set<number>();

  constructor(setup: HostSetup, run: Run) {
    this.#setup = setup;
    this.#run = run;
    this.#meter = createRateMeter(setup.clock);
    this.#recorder = new Recorder({
      db: setup.store.write,
      run: run.number,
      now: setup.now,
      onChange: () => tellRun(setup.signals, run),
      onBlocked: (error) => this.#onBlocked(error),
      onBroken: (error) => this.#onBroken(error),
    });
  }

  get run(): Run {
    return this.#run;
  }

  get progress(): Progress | null {
    return this.#recorder.progress;
  }

  /** Why it waits for a disk or the store; null if it does not. The store may have no space to record this. */
  get wait(): PauseCause | null {
    if (this.#engineWait) return this.#engineWait;
    if (this.#full !== null) return diskWait(this.#full);
    return this.#blocked && storeWait(this.#blocked);
  }

  send(command: EngineCommand): void {
    if (this.#drive) this.#drive.send(command);
    else this.#early.push(command);
  }

  /**
   * Ends the run at its next step with a checkpoint, or immediately. A run that waits for a disk or the store stops
   * waiting: if a checkpoint and the end of the run cannot be written, it ends without them.
   */
  stop({ now }: { readonly now: boolean }): void {
    const waits = this.wait === null;
    if (now || !waits) this.#isGivenUp = true;
    if (now) this.kill();
    else this.send({ kind: 'stop', checkpoint: true, waits });
    // Wakes code that waits for the store.
    this.#tell();
  }

  /** Kills the engine immediately, without a checkpoint. */
  kill(): void {
    this.#drive?.kill();
  }

  /** Kills the engine immediately, rolls back to a checkpoint, and continues from there if requested. */
  rollBack(rollback: Rollback): void {
    this.#rollback = rollback;
    this.kill();
  }

  /** Runs to the end, which is then in the store; throws only if the store can no longer be written. */
  async execute(): Promise<RunState> {
    const end = await this.#attempts().catch((thrown: unknown): End => {
      const error = typedDiskError(thrown, this.#run.folder);
      const shape = error instanceof KeelError ? error.toShape() : hostBug(this.#run.folder, error);
      return { state: 'failed', summary: null, error: shape, cause: shape.code };
    });
    await this.#finish(end);
    return end.state;
  }

  /** Continues from the newest checkpoint; a damaged one is reported, and the one before it is tried. */
  async #attempts(): Promise<End> {
    const { folder, number, id, baseFolder } = this.#run;
    const config = readConfig(this.#setup.store.read, number).resolved;
    const located = locateReferences(this.#setup.store.read, config, listInputs(this.#setup.store.read, number));
    requireDiskSpace(
      this.#setup.home,
      estimateDiskBytes(config, baseFolder, located.locations),
      retentionPolicy(config).budgetBytes,
    );
    if (this.#run.recipe === MODEL_INIT) removeBelow(folder, join(folder, 'model'));
    const orphans = collectOrphans(folder);
    if (orphans.length > 0) this.#recorder.note('orphans_removed', 'info', { folders: orphans });
    cleanAbandoned(this.#setup, this.#run);
    let checkpoints = [...foldersOf(folder)];
    for (;;) {
      const from = this.#takeNewest(checkpoints);
      const outcome = this.#rollback ? null : await this.#attemptFrom(from, config, located);
      const rollback = outcome?.kind === 'summary' ? null : this.#takeRollback();
      if (rollback) {
        await rollBack(this.#setup, this.#recorder, readRun(this.#setup.store.read, id) ?? this.#run, rollback);
        if (!rollback.goOn) return { state: 'stopped', summary: null, error: null, cause: 'rolled_back' };
        checkpoints = [...foldersOf(folder)];
      }
      if (rollback || !outcome) continue;
      if (outcome.kind !== 'failed' || outcome.error.code !== 'checkpoint_corrupt' || !from) {
        if (outcome.kind === 'failed' && outcome.stack) appendLog(folder, `${id} ${outcome.stack}`);
        return toEnd(outcome);
      }
      this.#reject(from, outcome.error.why);
    }
  }

  /** The newest checkpoint that looks intact; null means the start. The engine verifies its hashes. */
  #takeNewest(checkpoints: FoundCheckpoint[]): FoundCheckpoint | null {
    for (let from = checkpoints.pop(); from; from = checkpoints.pop()) {
      const why = checkpointFault(from.folder);
      if (why === null) return from;
      this.#reject(from, why);
    }
    return null;
  }

  #reject({ step, folder }: FoundCheckpoint, why: string): void {
    this.#rejected.add(step);
    this.#recorder.note('checkpoint_rejected', 'warning', { folder, why }, step);
    appendLog(this.#run.folder, `warning: ${why} Continuing from the previous checkpoint.`);
  }

  #takeRollback(): Rollback | null {
    const rollback = this.#rollback;
    this.#rollback = null;
    return rollback;
  }

  async #attemptFrom(from: FoundCheckpoint | null, config: Detail, { locations, inputs }: Located): Promise<Outcome> {
    const { store, now } = this.#setup;
    const { id, number, folder, baseFolder } = this.#run;
    const settings = listAttempts(store.read, number).find((one) => Object.keys(one.settings).length > 0)?.settings;
    this.#networkCalls = 0;
    const { engine, pid, silence } = this.#setup.spawnEngine({
      entry: this.#setup.engineEntry,
      cwd: baseFolder,
      env: this.#setup.engineEnvironment(settings ?? null, engineRequest(config, baseFolder, locations)),
      tag: engineTag(id, this.#setup.home),
      onOutput: (text) => appendLog(folder, text),
      run: this.#run,
    });
    try {
      inTransaction(store.write, () => {
        setRunning(store.write, number, now());
        const { environment } = this.#setup;
        const resumedFrom = from?.step ?? null;
        this.#attempt = insertAttempt(store.write, number, {
          enginePid: pid,
          resumedFrom,
          environment,
          startedAt: now(),
        });
        for (const input of inputs) upsertInput(store.write, number, input);
      });
    } catch (error) {
      engine.kill();
      throw error;
    }
    if (this.#attempt > 1) this.#recorder.note('resumed', 'info', { from: from?.step ?? 0 }, from?.step ?? 0);
    this.#tell();
    this.#tellWaiting();
    const job = this.#job(config, from?.folder ?? null, locations, settings ?? null);
    this.#drive = driveEngine(engine, job, (event) => this.#take(event), silence ?? this.#setup.silence);
    for (const command of this.#early.splice(0)) this.#drive.send(command);
    const outcome = await this.#drive.ended;
    this.#drive = null;
    this.#engineWait = null;
    this.#recorder.write((db, run) => endAttempt(db, run, this.#attempt, now(), toEnd(outcome).cause));
    return outcome;
  }

  #job(
    config: Detail,
    resumeFrom: string | null,
    locations: Located['locations'],
    settings: EngineSettings | null,
  ): JobRequest {
    const { id, recipe, folder, number } = this.#run;
    if (recipe === MODEL_INIT) return { kind: MODEL_INIT, out: join(folder, 'model'), options: config };
    const changes = [...listChanges(this.#setup.store.read, number)];
    const goesOn = this.#run.state === 'stopped';
    const from = { runFolder: folder, resumeFrom, changes, settings, goesOn };
    return { kind: 'run', runId: id, recipe, config, locations, ...from };
  }

  #take(event: EngineEvent): void {
    if (event.kind === 'ready') {
      const { device, settings } = event;
      this.#recorder.write((db, run) => describeAttempt(db, run, this.#attempt, device, settings));
    }
    if (event.kind === 'network') this.#noteNetwork(event);
    if (event.kind === 'resumed') this.#onResumed();
    logEvent(this.#run.folder, event);
    if (event.kind === 'result') this.#noteModel();
    this.#recorder.take(event.kind === 'progress' ? { ...event, progress: this.#meter(event.progress) } : event);
    if (event.kind === 'paused') this.#onPaused(event.cause, event.step);
    if (event.kind === 'checkpoint') this.#keepCheckpoint(event.checkpoint.step);
  }

  #keepCheckpoint(step: number): void {
    this.#rejected.delete(step);
    if (this.#recorder.flush()) applyRetention(this.#setup, this.#run, this.#recorder, this.#rejected);
  }

  #onResumed(): void {
    this.#engineWait = null;
    this.#recorder.state('running');
    this.#tell();
  }

  /** A wait for disk space is recorded once as an event; the missing amount may change while it lasts. */
  #onDiskWait(cause: PauseCause, step: number): void {
    if (!this.#engineWait) this.#recorder.note('waiting_for_disk', 'warning', { why: cause.why }, step);
    if (!this.#engineWait) this.#recorder.state('paused', cause);
    this.#forgetPace();
    this.#engineWait = cause;
    this.#tell();
  }

  /** A run paused by the doctor is rolled back automatically if its config allows it. */
  #onPaused(cause: PauseCause | null, step: number): void {
    if (cause?.by === 'disk') {
      this.#onDiskWait(cause, step);
      return;
    }
    const [by, why] = this.#blocked
      ? (['store', 'The run store cannot be written.'] as const)
      : (['person', 'Paused at your request.'] as const);
    const because = cause ?? { by, why, regime: null };
    this.#forgetPace();
    this.#recorder.state('paused', because);
    if (!this.#recorder.flush()) return;
    const rollback = rollbackByConsent(this.#setup.store.read, this.#run, because);
    if (rollback) this.rollBack(rollback);
  }

  /** A waiting run has no rate or remaining time, and the wait does not count toward its rate afterwards. */
  #forgetPace(): void {
    const { progress } = this.#recorder;
    if (progress) this.#recorder.progress = { ...progress, rate: null, secondsLeft: null };
    this.#meter = createRateMeter(this.#setup.clock);
  }

  /** Signals pipelines whose stage waits for the device that this run now uses: their status has changed. */
  #tellWaiting(): void {
    const { store, signals } = this.#setup;
    for (const { parent } of runsInState(store.read, ['queued'])) if (parent) signals.change(parent);
  }

  #noteNetwork({ calls, last, openSockets }: Extract<EngineEvent, { kind: 'network' }>): void {
    this.#recorder.write((db, run) => noteNetwork(db, run, this.#attempt, { networkCalls: calls, openSockets }));
    if (last && calls > this.#networkCalls) this.#recorder.note('network_refused', 'warning', { ...last, calls });
    this.#networkCalls = calls;
  }

  /** Records the new model of a pipeline's first stage, which is a short job like `keel model init`. */
  #noteModel(): void {
    const { folder } = this.#run;
    this.#recorder.artifact({ kind: 'model', tag: 'last', folder: join(folder, 'model'), detail: {} });
  }

  #onBlocked(error: Error | null): void {
    appendLog(this.#run.folder, error ? `error: ${error.message}` : 'info: the run store can be written again');
    if (error) this.#drive?.send({ kind: 'pause' });
    else if (this.#blocked) this.#drive?.send({ kind: 'resume' });
    this.#blocked = error;
    this.#full = isDiskFull(error) ? this.#setup.store.path : null;
    this.#tell();
  }

  #onBroken(error: unknown): void {
    this.#storeFault = error;
    appendLog(this.#run.folder, `error: ${error instanceof Error ? error.message : error}`);
    this.kill();
  }

  /**
   * Unwritten rows keep the run from ending, so that no data is lost. Throws `run_not_stored` if the user wants it to
   * end anyway.
   */
  async #flushed(): Promise<void> {
    while (this.#recorder.hasWaiting()) {
      const changed = this.#setup.signals.next(this.#run.id);
      if (this.#recorder.flush(durably)) continue;
      if (this.#isGivenUp) {
        this.#recorder.close();
        throw KeelError.from(unstoredEnd(this.#run.id, this.#setup.store.path));
      }
      await changed;
    }
  }

  /** Writes the run's manifest, from which a lost store can be rebuilt. Waits for disk space, like the rows. */
  async #writeManifest({ state, summary, error }: End, finishedAt: number): Promise<void> {
    const { store, signals } = this.#setup;
    const run = readRun(store.read, this.#run.id) ?? this.#run;
    const ended = { ...run, state, summary, error, finishedAt, pausedBecause: null };
    const manifest = { format: 1 as const, ...ended, configGiven: readConfig(store.read, run.number).given };
    for (;;) {
      try {
        return writeRunManifest(run.folder, manifest);
      } catch (thrown) {
        if (!isDiskFull(thrown)) throw thrown;
        if (this.#isGivenUp) return;
        this.#full = join(run.folder, 'run.json');
        this.#tell();
        await Promise.race([signals.next(run.id), pause(RETRY_MILLISECONDS)]);
        this.#full = null;
      }
    }
  }

  async #finish(end: End): Promise<void> {
    if (end.error) this.#recorder.note('failed', 'error', { code: end.error.code, why: end.error.why });
    // Results of the last rows, such as mismatches, must be written before the run's end, where watchers stop.
    await this.#flushed();
    if (!this.#storeFault) noteReport(this.#setup.store.read, this.#recorder, this.#run, end);
    const at = this.#setup.now();
    if (!this.#storeFault) await this.#writeManifest(end, at);
    this.#recorder.write((db, run) => endRun(db, run, { ...end, at }));
    await this.#flushed();
    if (this.#storeFault) throw this.#storeFault;
    this.#recorder.close();
    this.#tell();
  }

  #tell(): void {
    tellRun(this.#setup.signals, this.#run);
  }
}
