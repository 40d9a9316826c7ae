import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isKeelErrorShape, KeelError, type KeelErrorShape } from '#contract/errors.ts';
import type { EngineCommand, EngineEvent, EngineExit, EngineProcess, EngineReport } from '#engine/protocol.ts';
import { replaceTexts } from '../runs/host/artifact-references.ts';
import { fetchFiles } from './fetch-files.ts';
import { type RelayMessage, type RemoteFile, writeBitExact } from './frames.ts';
import type { HandedRun } from './handed-run.ts';
import { JobLines } from './job-lines.ts';
import { isUnderWay, packagePath, readJob, readJobLog, readNodeFile, stopJob } from './jobs-api.ts';
import { jobEnded, logLost, takenOver, withResume } from './lost-engine.ts';
import { Outbox } from './outbox.ts';
import { planTravel, type Travel, type TravelingJob } from './places.ts';
import { askRay, type RayAddress, withoutToken } from './ray-api.ts';
import { type Content, contentOf, contentOfText, partsOf, sendContent } from './send-files.ts';
import { streamLog } from './stream-log.ts';
import { submitRun, workersOf } from './submit-run.ts';
import { readTicket, type Ticket, writeTicket } from './ticket.ts';

/** Milliseconds without an answer of the cluster after which a run counts as interrupted; its job goes on. */
const UNREACHABLE_MILLISECONDS = 600_000;
const RETRY_MILLISECONDS = 1000;
/** Between two questions whether a job is still under way. */
const WATCH_MILLISECONDS = 3000;
/** Milliseconds in which a killed job must have ended. */
const KILL_MILLISECONDS = 30_000;
const MOST_GAPS = 3;
/** A need that is older than the desktop is answered already; the line that says so follows at once. */
const NEED_MILLISECONDS = 1500;

/**
 * An engine in a Ray job, behind the same three members as an engine process of this machine. Its events arrive through
 * the job's log, its commands leave through uploaded packages, and files follow their events: a checkpoint is told when
 * it is here. A job that outlived its desktop is followed again instead of being started twice.
 */
export class RemoteEngine implements EngineProcess {
  readonly #run: HandedRun;
  readonly #listeners: Parameters<EngineProcess['onEvent']>[0][] = [];
  readonly #owner = randomBytes(8).toString('hex');
  readonly #abort = new AbortController();
  readonly #lines: JobLines;
  readonly #outbox: Outbox;
  /** Messages are handled one after the other, since files are fetched between them. */
  #handled = Promise.resolve();
  #ticket: Ticket | null = null;
  #isFollowedAgain = false;
  /** The token that the job was started or found with: nothing that the job says may repeat it. */
  #known: Pick<RayAddress, 'token'> = { token: null };
  #owns = false;
  #travel: Travel | null = null;
  #contents = new Map<string, Content>();
  #needTimer: NodeJS.Timeout | undefined;
  #node = { node: '', host: '', cores: 1 };
  /** The job's node. With several nodes on one address, its program is connected to another of them. */
  #jobNode = '';
  #told = 0;
  #gaps = 0;
  #tail = new AbortController();
  #hasLeft = false;

  constructor(run: HandedRun) {
    this.#run = run;
    this.#outbox = new Outbox(
      (name, body) => askRay(run.address(), 'PUT', packagePath(name), body),
      this.#abort.signal,
    );
    this.#lines = new JobLines({
      onMessage: (message, number) => this.#inOrder(() => this.#handle(message, number)),
      onNeed: (files) => {
        this.#needTimer = setTimeout(() => this.#inParallel(this.#sendFiles(files)), NEED_MILLISECONDS);
      },
      onPlaced: () => clearTimeout(this.#needTimer),
      onFault: (fault) => this.#inOrder(async () => this.#lose({ ...fault, kind: 'expected' })),
      onOutput: (text) => this.#say(text),
      onGap: (what) => this.#onGap(what),
    });
    this.#inParallel(this.#work());
  }

  onEvent(listener: (event: EngineEvent | EngineExit) => void): void {
    this.#listeners.push(listener);
  }

  send(command: EngineCommand): void {
    if (command.kind !== 'start') this.#outbox.post(writeBitExact(command));
    else if (command.job.kind === 'run' || command.job.kind === 'preflight') {
      this.#inParallel(this.#begin(command.job).catch((error: unknown) => this.#abandon(error)));
    }
  }

  kill(): void {
    this.#inParallel(this.#kill());
  }

  /** Work beside the messages; its failure ends the engine. */
  #inParallel(work: Promise<void>): void {
    work.catch((error: unknown) => this.#fail(error));
  }

  #inOrder(work: () => Promise<void>): void {
    this.#handled = this.#handled.then(work).catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    if (this.#hasLeft || this.#abort.signal.aborted) return;
    if (isKeelErrorShape(error)) this.#lose(withResume(error, this.#run.id));
    else this.#lose(logLost(error instanceof Error ? error.message : String(error)));
  }

  #lose(lost: KeelErrorShape): void {
    this.#leave({ code: null, signal: null, stderr: '', unreadable: null, lost });
  }

  #leave(exit: Omit<EngineExit, 'kind'>): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    clearTimeout(this.#needTimer);
    this.#abort.abort();
    this.#tail.abort();
    for (const listener of this.#listeners) listener({ kind: 'exit', ...exit });
  }

  #note(change: Partial<Ticket>): void {
    if (!this.#ticket) return;
    this.#ticket = { ...this.#ticket, ...change };
    writeTicket(this.#run.folder, this.#ticket);
  }

  #tell(report: EngineReport): void {
    if (this.#hasLeft) return;
    this.#told += 1;
    const event = { ...report, sequence: this.#told } as EngineEvent;
    for (const listener of this.#listeners) listener(event);
  }

  #say(text: string): void {
    this.#run.onOutput(withoutToken(this.#known, text));
  }

  #progress(phase: string, done: number, total: number): void {
    this.#tell({ kind: 'progress', progress: { phase, done, total, unit: 'files' } });
  }

  async #work(): Promise<void> {
    // Whoever made this engine listens by then.
    await Promise.resolve();
    await this.#open();
    await this.#follow();
  }

  /** Follows the run's job if it is still there, and hands the run over otherwise. */
  async #open(): Promise<void> {
    const address = this.#run.address();
    this.#known = address;
    const known = readTicket(this.#run.folder);
    if (known && known.cluster === address.name && !known.hasEnded) {
      const state = await readJob(address, known.submission);
      this.#ticket = known;
      if (known.isKilled && isUnderWay(state)) await this.#endJob(known.submission);
      this.#isFollowedAgain = !known.isKilled && (isUnderWay(state) || state.status === 'SUCCEEDED');
    }
    if (!this.#isFollowedAgain) {
      this.#progress('waiting for the cluster', 0, 1);
      const submission = `${this.#run.id}-${randomBytes(4).toString('hex')}`;
      this.#ticket = { cluster: address.name, submission, cursor: 0, isKilled: false, hasEnded: false };
      writeTicket(this.#run.folder, this.#ticket);
      this.#outbox.open(submission);
      await submitRun(address, submission, this.#run, {
        outbox: this.#outbox,
        offer: (content) => this.#contents.set(content.sha256, content),
        signal: this.#abort.signal,
      });
    }
    this.#outbox.open(this.#ticket?.submission ?? '');
    this.#outbox.post(writeBitExact({ kind: 'owner', owner: this.#owner }));
  }

  /** Sends the run's job with everything that it reads. */
  async #begin(job: TravelingJob): Promise<void> {
    this.#travel = planTravel(job, this.#run);
    if (this.#isFollowedAgain) return;
    const placed = [];
    for (const file of this.#travel.files) {
      const content = file.text === undefined ? await contentOf(file.from) : contentOfText(file.text);
      placed.push({ file, content });
    }
    for (const { content } of placed) this.#contents.set(content.sha256, content);
    for (const isWritten of [false, true]) {
      const own = placed.filter(({ file }) => file.isWritten === isWritten);
      if (own.length === 0) continue;
      const parts = Object.fromEntries(own.map(({ content }) => [content.sha256, partsOf(content)]));
      const files = Object.fromEntries(own.map(({ file, content }) => [file.to, content.sha256]));
      this.#outbox.post(writeBitExact({ kind: 'place', copies: isWritten, parts, files }));
    }
    const planned = this.#travel.job;
    const started = planned.kind === 'run' ? { ...planned, workers: workersOf(this.#run) } : planned;
    this.#outbox.post(writeBitExact({ kind: 'start', job: started }));
  }

  /** A job that could not be told what to do is ended: nobody should follow it later and wait. */
  async #abandon(error: unknown): Promise<never> {
    this.#note({ isKilled: true });
    const { submission } = this.#ticket ?? {};
    if (submission) await stopJob(this.#run.address(), submission).catch(() => undefined);
    throw error;
  }

  async #sendFiles(files: readonly string[]): Promise<void> {
    const wanted = files.flatMap((sha256) => this.#contents.get(sha256) ?? []);
    for (const [index, content] of wanted.entries()) {
      if (this.#told > 1) this.#progress('sending files', index, wanted.length);
      const submission = this.#ticket?.submission ?? '';
      await this.#untilAnswered(() => sendContent(this.#run.address(), submission, content));
    }
  }

  /** Repeats a call while the cluster cannot be reached. Throws what else fails, and `cluster_unreachable` at last. */
  async #untilAnswered<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    const until = performance.now() + UNREACHABLE_MILLISECONDS;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        const mayPass = error instanceof KeelError && error.code === 'cluster_unreachable';
        if (!mayPass || performance.now() > until) throw error;
        await pause(RETRY_MILLISECONDS, undefined, { signal: this.#abort.signal });
      }
    }
  }

  async #follow(): Promise<void> {
    const submission = this.#ticket?.submission ?? '';
    while (!this.#hasLeft) {
      const state = await this.#untilAnswered(() => readJob(this.#run.address(), submission));
      if (!isUnderWay(state)) return this.#end(submission, state);
      if (state.node !== null) {
        this.#jobNode = state.node;
        await this.#stream(submission, state.node);
      }
      if (!this.#hasLeft) await pause(RETRY_MILLISECONDS, undefined, { signal: this.#abort.signal });
    }
  }

  /** Reads the log as long as the connection lasts and the job is under way. */
  async #stream(submission: string, node: string): Promise<void> {
    this.#lines.restart();
    this.#tail = new AbortController();
    const { signal } = this.#tail;
    const watching = this.#watchJob(submission, this.#tail);
    await streamLog(this.#run.address(), { node, submission }, (line) => this.#lines.take(line), signal);
    this.#tail.abort();
    await watching;
    await this.#handled;
  }

  /** Ends a connection that may say nothing any more: the job is over, or the cluster does not answer. */
  async #watchJob(submission: string, tail: AbortController): Promise<void> {
    while (!tail.signal.aborted) {
      await pause(WATCH_MILLISECONDS, undefined, { signal: tail.signal }).catch(() => undefined);
      if (tail.signal.aborted) return;
      const state = await readJob(this.#run.address(), submission).catch(() => null);
      if (!state || !isUnderWay(state)) tail.abort();
    }
  }

  /** The job is over: what its log still has is read once more, since the connection may have lost it. */
  async #end(submission: string, state: Awaited<ReturnType<typeof readJob>>): Promise<void> {
    if (state.status !== 'LOST') {
      const log = await readJobLog(this.#run.address(), submission).catch(() => '');
      this.#lines.restart();
      for (const line of log.split('\n')) this.#lines.take(line);
      await this.#handled;
    }
    if (this.#hasLeft) return;
    this.#note({ hasEnded: true });
    const message = withoutToken(this.#known, state.message ?? '');
    this.#lose(jobEnded(this.#run.address().name, this.#run.id, this.#node.host, { ...state, message }));
  }

  #onGap(what: string): void {
    this.#gaps += 1;
    if (this.#gaps > MOST_GAPS) this.#inOrder(async () => this.#lose(logLost(what)));
    else this.#tail.abort();
  }

  async #handle(message: RelayMessage, number: number): Promise<void> {
    if (this.#hasLeft) return;
    const isKnown = number <= (this.#ticket?.cursor ?? 0);
    if (message.kind === 'node') this.#node = message;
    else if (message.kind === 'output' && !isKnown) this.#say(this.#home(message.text));
    else if (message.kind === 'owner') this.#noteOwner(message.owner);
    else if (message.kind === 'exit') await this.#onExit(message);
    else if (message.kind === 'event' && (!isKnown || message.event.kind === 'ready')) {
      await this.#takeEvent(message.event, message.files, number);
    }
  }

  async #takeEvent(event: EngineEvent, files: readonly RemoteFile[], number: number): Promise<void> {
    await this.#fetch(files);
    if (this.#hasLeft) return;
    this.#gaps = 0;
    const { sequence: _sequence, ...report } = replaceTexts(event, (text) => this.#home(text));
    if (report.kind === 'ready') this.#tell({ ...report, device: { ...report.device, ...this.#place() } });
    else this.#tell(report as EngineReport);
    // The host stores a checkpoint, and everything before it, before it returns.
    if (event.kind === 'checkpoint') this.#note({ cursor: number });
  }

  /** Where the run is computed, for its record: not on this machine, and not without a network. */
  #place() {
    const { host } = this.#node;
    const { cpus, gpus, workers } = this.#run;
    const { submission = '' } = this.#ticket ?? {};
    return {
      cluster: this.#run.address().name,
      node: host,
      nodeId: this.#jobNode,
      submission,
      cpus,
      gpus,
      ...(workers > 0 && { workers }),
      offline: false,
    };
  }

  #home(text: string): string {
    return this.#travel ? this.#travel.home(text) : text;
  }

  async #fetch(files: readonly RemoteFile[]): Promise<void> {
    if (files.length === 0) return;
    const { submission = '' } = this.#ticket ?? {};
    const below = `keel-${submission}/${this.#run.id}`;
    const read = (path: string) => readNodeFile(this.#run.address(), this.#node.node, `${below}/${path}`);
    await this.#untilAnswered(() => fetchFiles(this.#run.folder, files, read, this.#travel?.bringHome));
  }

  #noteOwner(owner: string): void {
    if (owner === this.#owner) this.#owns = true;
    else if (this.#owns) this.#lose(takenOver(this.#run.id));
  }

  async #onExit({ code, signal, stderr, files }: Extract<RelayMessage, { kind: 'exit' }>): Promise<void> {
    await this.#fetch(files);
    this.#note({ hasEnded: true });
    this.#leave({ code, signal, stderr, unreadable: null });
  }

  /** Ends the job and waits until it has; a cluster that does not answer may go on, and is ended before the next start. */
  async #kill(): Promise<void> {
    if (this.#hasLeft) return;
    this.#note({ isKilled: true });
    this.#outbox.post(writeBitExact({ kind: 'kill' }));
    const { submission } = this.#ticket ?? {};
    if (submission) await this.#endJob(submission).catch(() => undefined);
    this.#leave({ code: null, signal: 'SIGKILL', stderr: '', unreadable: null });
  }

  async #endJob(submission: string): Promise<void> {
    await stopJob(this.#run.address(), submission);
    const until = performance.now() + KILL_MILLISECONDS;
    while (isUnderWay(await readJob(this.#run.address(), submission)) && performance.now() < until) {
      await pause(RETRY_MILLISECONDS / 2);
    }
  }
}
