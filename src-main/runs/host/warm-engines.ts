import os from 'node:os';
import process from 'node:process';
import type { EngineProcess } from '#engine/protocol.ts';
import { type LastingEngine, lastingEngine } from '../engine/lasting-engine.ts';

/** Milliseconds without a job after which an engine ends: a conversation whose shell has gone. */
const IDLE_MILLISECONDS = 300_000;
/** The same for jobs outside of conversations, of which nobody says that there are no more. */
const SINGLE_MILLISECONDS = 120_000;
/** Each holds a model in memory. */
const MOST_ENGINES = 2;
/** An engine outside of conversations stays only while more than this part of the memory is available. */
const FREE_PART = 0.25;
/** Stands for the conversation of jobs that belong to none. */
const SINGLE = '';

/** The use of an engine for one job. */
export interface Seat {
  readonly engine: EngineProcess;
  /** Call this when the job has ended. */
  leave(): void;
}

interface Warm {
  readonly key: string;
  readonly conversation: string;
  readonly engine: LastingEngine;
  /** Resolves when the jobs that came before have ended. */
  tail: Promise<void>;
  jobs: number;
  timer: NodeJS.Timeout | undefined;
}

const keyOf = (conversation: string, place: string) => JSON.stringify([conversation, place]);

/** The part of the memory that is available to a new process; without a limit, the constraint is 0 or beyond all memory. */
const availablePart = () =>
  process.availableMemory() / Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, os.totalmem());

/**
 * Engines that stay with their model while a conversation lasts. They end with the conversation, after five minutes
 * without a job, in favor of newer ones, and when a run needs the device: a job that is in progress then ends first.
 *
 * One engine also stays after a job outside of conversations, for the next one with the same model: for two minutes, while
 * memory is free, and until anything else is to be computed.
 */
export class WarmEngines {
  readonly #engines = new Map<string, Warm>();
  readonly #availablePart: () => number;
  #runs = 0;

  constructor(available: () => number = availablePart) {
    this.#availablePart = available;
  }

  /**
   * A seat in the engine of a conversation and a model; waits until the jobs before have ended.
   * @param place the models that can share an engine have the same.
   */
  async seat(conversation: string, place: string, spawn: () => EngineProcess): Promise<Seat> {
    const key = keyOf(conversation, place);
    const warm = this.#engines.get(key) ?? this.#add(key, conversation, spawn);
    clearTimeout(warm.timer);
    warm.jobs += 1;
    const before = warm.tail;
    let leave = () => {};
    warm.tail = new Promise((resolve) => {
      leave = resolve;
    });
    await before;
    const end = () => {
      warm.jobs -= 1;
      leave();
      this.#rest(warm);
    };
    if (warm.engine.isUsable()) return { engine: warm.engine.turn(), leave: end };
    // The engine has ended with the job before: canceled, or for a run.
    end();
    return this.seat(conversation, place, spawn);
  }

  /**
   * A seat for a job outside of conversations, in the engine that the last such job with the same model has left idle, or
   * in a new one that then stays. Null while that engine is busy or a run is active: the job needs a process of its own.
   */
  seatAlone(place: string, spawn: () => EngineProcess): Promise<Seat> | null {
    const known = this.#engines.get(keyOf(SINGLE, place));
    if (this.#runs > 0 || (known && known.jobs > 0)) return null;
    if (!known) this.giveWay();
    return this.seat(SINGLE, place, spawn);
  }

  /** Ends the engine that stays outside of conversations, before anything else is computed. */
  giveWay(): void {
    this.release(SINGLE);
  }

  /** Ends the engines of a conversation; a job in progress ends first. */
  release(conversation: string): void {
    for (const warm of this.#engines.values()) if (warm.conversation === conversation) this.#retire(warm);
  }

  /** Keeps the device free for a run until the returned function is called. */
  yieldToRun(): () => void {
    this.#runs += 1;
    for (const warm of [...this.#engines.values()]) this.#retire(warm);
    return () => {
      this.#runs -= 1;
    };
  }

  close(): void {
    for (const warm of [...this.#engines.values()]) this.#end(warm);
  }

  #add(key: string, conversation: string, spawn: () => EngineProcess): Warm {
    const idle = [...this.#engines.values()].filter(({ jobs }) => jobs === 0);
    if (this.#engines.size >= MOST_ENGINES && idle[0]) this.#end(idle[0]);
    const engine = lastingEngine(spawn(), () => {
      if (this.#engines.get(key) === warm) this.#engines.delete(key);
    });
    const warm: Warm = { key, conversation, engine, tail: Promise.resolve(), jobs: 0, timer: undefined };
    this.#engines.set(key, warm);
    return warm;
  }

  #rest(warm: Warm): void {
    if (warm.jobs > 0) return;
    const isSingle = warm.conversation === SINGLE;
    const isCrowded = isSingle && this.#availablePart() < FREE_PART;
    if (this.#runs > 0 || isCrowded || this.#engines.get(warm.key) !== warm) {
      this.#end(warm);
      return;
    }
    // Used last: the others go before it.
    this.#engines.delete(warm.key);
    this.#engines.set(warm.key, warm);
    warm.timer = setTimeout(() => this.#end(warm), isSingle ? SINGLE_MILLISECONDS : IDLE_MILLISECONDS);
    warm.timer.unref();
  }

  /** Takes no further jobs; ends as soon as it has none. */
  #retire(warm: Warm): void {
    this.#engines.delete(warm.key);
    if (warm.jobs === 0) this.#end(warm);
  }

  #end(warm: Warm): void {
    clearTimeout(warm.timer);
    if (this.#engines.get(warm.key) === warm) this.#engines.delete(warm.key);
    warm.engine.kill();
  }
}
