import { type EngineEvent, type EngineExit, type EngineProcess, LAST_EVENTS } from '#engine/protocol.ts';

/** An engine process that stays for one job after the other. */
export interface LastingEngine {
  /** The process as `driveEngine` expects it, for the next job; call this when the turn before has ended. */
  turn(): EngineProcess;
  /** Whether it can take another turn. */
  isUsable(): boolean;
  kill(): void;
}

type Listener = (event: EngineEvent | EngineExit) => void;

const DONE: EngineExit = { kind: 'exit', code: 0, signal: null, stderr: '', unreadable: null };

/** One job's view of the process: begins with `ready`, ends with `exit`, and counts its events from 1. */
class Turn implements EngineProcess {
  readonly #engine: EngineProcess;
  /** Number of the process's events that do not count in this turn. */
  readonly #before: number;
  readonly #listeners: Listener[] = [];
  /** The `ready` of a process that has been ready since before the turn. */
  readonly #ready: EngineEvent | null;
  #hasStarted = false;
  hasEnded = false;

  constructor(engine: EngineProcess, before: number, ready: EngineEvent | null) {
    this.#engine = engine;
    this.#before = before;
    this.#ready = ready;
  }

  onEvent(listener: Listener): void {
    this.#listeners.push(listener);
    const ready = this.#ready;
    if (ready) queueMicrotask(() => this.take({ ...ready, sequence: this.#before + 1 }));
  }

  send(command: Parameters<EngineProcess['send']>[0]): void {
    if (this.hasEnded) return;
    this.#hasStarted ||= command.kind === 'start';
    this.#engine.send(command.kind === 'start' ? { ...command, stays: true } : command);
  }

  /** Ends the job: with its process, unless the job has not reached the process. */
  kill(): void {
    if (this.hasEnded) return;
    if (this.#hasStarted) this.#engine.kill();
    else this.take(DONE);
  }

  take(event: EngineEvent | EngineExit): void {
    if (this.hasEnded) return;
    if (event.kind === 'exit') this.hasEnded = true;
    const own = event.kind === 'exit' ? event : { ...event, sequence: event.sequence - this.#before };
    for (const listener of this.#listeners) listener(own);
    if (event.kind !== 'exit' && LAST_EVENTS.has(event.kind)) this.take(DONE);
  }
}

/** @param onGone called once when the process cannot take further turns. */
export function lastingEngine(engine: EngineProcess, onGone: () => void): LastingEngine {
  let last = 0;
  let ready: EngineEvent | null = null;
  let current: Turn | null = null;
  let isGone = false;
  const go = () => {
    if (isGone) return;
    isGone = true;
    onGone();
  };
  engine.onEvent((event) => {
    if (event.kind === 'exit') go();
    else last = event.sequence;
    if (event.kind === 'ready') ready = event;
    // After a bug, the process leaves.
    if (event.kind === 'failed' && event.stack !== undefined) go();
    current?.take(event);
  });
  return {
    turn() {
      current = new Turn(engine, ready === null ? 0 : last - 1, ready);
      return current;
    },
    isUsable: () => !isGone,
    kill: () => {
      go();
      engine.kill();
    },
  };
}
