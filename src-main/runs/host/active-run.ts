import { join } from 'node:path';
import type { PauseCause } from '#contract/api/runs/run-doctor.ts';
import type { Detail, Progress } from '#contract/api/runs/run-records.ts';
import type { Run, RunState } from '#contract/api/runs/run-state.ts';
import type { KeelErrorShape } from '#contract/errors.ts';
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
import { upsertInput } from '../../store/queries/lineage.ts';
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
import { type End, toEnd } from './end-of-attempt.ts';
import type { HostSetup } from './host-setup.ts';
import { Recorder } from './recorder.ts';
import { appendLog, writeRunManifest } from './run-folder.ts';
import { tellRun } from './run-signals.ts';

/** Recipe of a pipeline's first stage. */
const MODEL_INIT = 'model_init';

const RETRY_MILLISECONDS = 2000;
const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
interface FoundCheckpoint {
  readonly step: number;
  readonly folder: string;
}

/** One run while it has an engine: from the newest whole checkpoint, or from its start, to its end. */
export class ActiveRun {
  readonly #setup: HostSetup;
  readonly #run: Run;
  readonly #recorder: Recorder;
  #meter: (progress: Progress) => Progress;
  #drive: Drive | null = null;
  #attempt = 0;
  #networkCalls = 0;
  /** Commands that came before the engine was there. */
  readonly #early: EngineCommand[] = [];
  /** Why the store takes no rows for now, which wait in memory; null when it does. */
  #blocked: Error | null = null;
  /** What has no room: the store, or the run's folder. */
  #full: string | null = null;
  /** What the engine waits for, where that is its disk. */
  #engineWait: PauseCause | null = null;
  /** Somebody wants the run to end, whether its end can be stored or not. */
  #isGivenUp = false;
  #storeFault: unknown = null;
  /** What the engine's end is for, when the run is to go back. */
  #rollback: Rollback | null = null;
  /** Steps of checkpoints on disk that proved damaged and were not written anew. */
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

  /** Why it waits for a disk or the store; null when it does not. The store may have no room for a row that says so. */
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
   * Ends the run at its next step with a checkpoint, or at once. A run that waits for a disk or the store does not wait
   * on: it ends without the checkpoint, and without a row that says so, where they cannot be written.
   */
  stop({ now }: { readonly now: boolean }): void {
    const waits = this.wait === null;
    if (now || !waits) this.#isGivenUp = true;
    if (now) this.kill();
    else this.send({ kind: 'stop', checkpoint: true, waits });
    // Whoever waits for the store looks again.
    this.#tell();
  }

  /** Ends the engine at once, without a checkpoint. */
  kill(): void {
    this.#drive?.kill();
  }

  /** Ends the engine at once, goes back to a checkpoint and, where that is wished, on from there. */
  rollBack(rollback: Rollback): void {
    this.#rollback = rollback;
    this.kill();
  }

  /** Sees the run through. The end is in the store; throws only when the store can take nothing any more. */
  async execute(): Promise<RunState> {
    const end = await this.#attempts().catch((thrown: unknown): End => {
      const error = typedDiskError(thrown, this.#run.folder);
      const shape = error instanceof KeelError ? error.toShape() : this.#bug(error);
      return { state: 'failed', summary: null, error: shape, cause: shape.code };
    });
    await this.#finish(end);
    return end.state;
  }

  /** A fault of Keel's own ends this run and no other; its stack goes to the log. */
  #bug(error: unknown): KeelErrorShape {
    appendLog(this.#run.folder, error instanceof Error ? (error.stack ?? error.message) : String(error));
    const why = `The host failed: ${error instanceof Error ? error.message : error}.`;
    return { code: 'host_bug', why, fix: 'Resume the run; report this with its log.', kind: 'expected' };
  }

  /** Goes on from the newest checkpoint; one that proves damaged is told of and the one before it is tried. */
  async #attempts(): Promise<End> {
    const { folder, number, id, baseFolder } = this.#run;
    const config = readConfig(this.#setup.store.read, number).resolved;
    const located = locateReferences(this.#setup.store.read, config);
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

  /** The newest checkpoint that looks whole; null means the start. Its hashes are the engine's to check. */
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
    appendLog(this.#run.folder, `warning: ${why} Going on from the one before it.`);
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
    const { engine, pid } = this.#setup.spawnEngine({
      entry: this.#setup.engineEntry,
      cwd: baseFolder,
      env: this.#setup.engineEnvironment(settings ?? null, engineRequest(config, baseFolder, locations)),
      tag: engineTag(id, this.#setup.home),
      onOutput: (text) => appendLog(folder, text),
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
    this.#drive = driveEngine(engine, job, (event) => this.#take(event), this.#setup.silence);
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
    return { kind: 'run', runId: id, recipe, config, runFolder: folder, resumeFrom, changes, locations, settings };
  }

  #take(event: EngineEvent): void {
    if (event.kind === 'ready') {
      const { device, settings } = event;
      this.#recorder.write((db, run) => describeAttempt(db, run, this.#attempt, device, settings));
    }
    if (event.kind === 'network') this.#noteNetwork(event);
    if (event.kind === 'resumed') this.#onResumed();
    if (event.kind === 'log') appendLog(this.#run.folder, `${event.level}: ${event.text}`);
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

  /** A wait for a disk is told once as an event; how much is missing may change while it lasts. */
  #onDiskWait(cause: PauseCause, step: number): void {
    if (!this.#engineWait) this.#recorder.note('waiting_for_disk', 'warning', { why: cause.why }, step);
    if (!this.#engineWait) this.#recorder.state('paused', cause);
    this.#forgetPace();
    this.#engineWait = cause;
    this.#tell();
  }

  /** A run that the doctor holds goes back by itself where its config has consented to that. */
  #onPaused(cause: PauseCause | null, step: number): void {
    if (cause?.by === 'disk') {
      this.#onDiskWait(cause, step);
      return;
    }
    const [by, why] = this.#blocked
      ? (['store', 'The run store cannot be written.'] as const)
      : (['person', 'Somebody has paused it.'] as const);
    const because = cause ?? { by, why, regime: null };
    this.#forgetPace();
    this.#recorder.state('paused', because);
    if (!this.#recorder.flush()) return;
    const rollback = rollbackByConsent(this.#setup.store.read, this.#run, because);
    if (rollback) this.rollBack(rollback);
  }

  /** A run that waits has no rate and no time left, and the wait does not count toward its pace afterwards. */
  #forgetPace(): void {
    const { progress } = this.#recorder;
    if (progress) this.#recorder.progress = { ...progress, rate: null, secondsLeft: null };
    this.#meter = createRateMeter(this.#setup.clock);
  }

  /** Pipelines whose stage waits for the device that this run has taken: how they stand has changed. */
  #tellWaiting(): void {
    const { store, signals } = this.#setup;
    for (const { parent } of runsInState(store.read, ['queued'])) if (parent) signals.change(parent);
  }

  #noteNetwork({ calls, last, openSockets }: Extract<EngineEvent, { kind: 'network' }>): void {
    this.#recorder.write((db, run) => noteNetwork(db, run, this.#attempt, { networkCalls: calls, openSockets }));
    if (last && calls > this.#networkCalls) this.#recorder.note('network_refused', 'warning', { ...last, calls });
    this.#networkCalls = calls;
  }

  /** The new model of a pipeline's first stage, which is a short job like `keel model init`. */
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
   * Rows that the store could not take keep the run from ending: what was told must not get lost. Throws `run_not_stored`
   * once somebody wants it to end all the same.
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

  /** Writes the run's own account of itself, which a lost store is rebuilt from. Waits for the disk like the rows. */
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
    // What the last rows led to, such as a mismatch, has to stand before the run's end: watchers leave at the end.
    await this.#flushed();
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
