import {
  type EngineCommand,
  type EngineEvent,
  type EngineExit,
  type EngineProcess,
  type JobRequest,
  jobSchema,
  LAST_EVENTS,
} from '#engine/protocol.ts';
import { explainExit, hungEngine, lostEvent, type Outcome } from './explain-exit.ts';

/** Seconds of silence after which an engine counts as hung. Compiling kernels for a new GPU takes half an hour. */
export interface SilenceLimits {
  readonly starting: number;
  readonly working: number;
  readonly compiling: number;
}

export const SILENCE_LIMITS: SilenceLimits = { starting: 180, working: 900, compiling: 3600 };

/** Seconds for an engine to exit after its last message. */
const LEAVE_SECONDS = 15;

export interface Drive {
  send(command: EngineCommand): void;
  kill(): void;
  /** Resolves only when the process has exited: the device is free then. */
  readonly ended: Promise<Outcome>;
}

function toOutcome(event: EngineEvent): Outcome | null {
  if (event.kind === 'summary') return { kind: 'summary', summary: event.summary };
  if (event.kind === 'result') return { kind: 'result', result: event.result };
  if (event.kind === 'stopped') return { kind: 'stopped', step: event.step };
  if (event.kind === 'failed') return { kind: 'failed', error: event.error, stack: event.stack ?? null };
  return null;
}

/** Calls back if there was no message for a while; each `hear` restarts the timer. */
function createSilenceWatch(limits: SilenceLimits, onSilence: (seconds: number, phase: string) => void) {
  let phase = 'starting';
  let timer: NodeJS.Timeout | undefined;
  const wait = (seconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => onSilence(seconds, phase), seconds * 1000);
  };
  wait(limits.starting);
  return {
    hear(event: EngineEvent) {
      if (event.kind === 'progress') phase = event.progress.phase;
      else if (event.kind === 'ready' || event.kind === 'paused') phase = event.kind;
      if (LAST_EVENTS.has(event.kind)) return wait(LEAVE_SECONDS);
      if (phase === 'paused' && event.kind !== 'resumed') return clearTimeout(timer);
      if (event.kind === 'resumed') phase = 'working';
      wait(/compil/.test(phase) ? limits.compiling : limits.working);
    },
    end: () => clearTimeout(timer),
  };
}

/**
 * Runs one job to its end: sends it when the engine is ready, forwards every event, and detects silence, a crash, and a
 * missing last message.
 */
export function driveEngine(
  engine: EngineProcess,
  request: JobRequest,
  onEvent: (event: EngineEvent) => void,
  limits: SilenceLimits = SILENCE_LIMITS,
): Drive {
  const job = jobSchema.parse(request);
  let outcome: Outcome | null = null;
  let expected = 1;
  let wasReady = false;
  const watch = createSilenceWatch(limits, (seconds, phase) => {
    outcome ??= hungEngine(seconds, phase);
    engine.kill();
  });
  const ended = new Promise<Outcome>((resolve) => {
    engine.onEvent((event: EngineEvent | EngineExit) => {
      if (event.kind === 'exit') {
        watch.end();
        return resolve(outcome ?? explainExit(event, wasReady));
      }
      watch.hear(event);
      if (event.sequence !== expected) {
        outcome ??= lostEvent(expected, event.sequence);
        return engine.kill();
      }
      expected += 1;
      if (event.kind === 'ready') {
        wasReady = true;
        engine.send({ kind: 'start', job });
      }
      outcome ??= toOutcome(event);
      onEvent(event);
    });
  });
  const kill = () => {
    outcome ??= { kind: 'stopped', step: null };
    engine.kill();
  };
  return { send: (command) => engine.send(command), kill, ended };
}
