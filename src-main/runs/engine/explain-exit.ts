import type { Detail } from '#contract/api/runs/run-records.ts';
import type { KeelErrorShape } from '#contract/errors.ts';
import type { EngineExit } from '#engine/protocol.ts';

/** How a job ended. `gone` is an engine that crashed or was killed without a last message. */
export type Outcome =
  | { readonly kind: 'summary'; readonly summary: Detail }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'stopped'; readonly step: number | null }
  | { readonly kind: 'failed'; readonly error: KeelErrorShape; readonly stack: string | null }
  | { readonly kind: 'gone'; readonly error: KeelErrorShape; readonly cause: string };

type Gone = Extract<Outcome, { kind: 'gone' }>;

const RESUME = 'Resume the run: it continues from its last checkpoint.';

/** The same error for a job that is no run, which cannot be resumed. */
export function asJobError(error: KeelErrorShape): KeelErrorShape {
  const fix = 'Try again. If it fails again, report this with the output above.';
  return /\bresume\b/i.test(error.fix) ? { ...error, fix } : error;
}

function gone(cause: string, code: string, why: string, fix = RESUME): Gone {
  return { kind: 'gone', cause, error: { code, why, fix, kind: 'expected' } };
}

/** The last informative line of standard error; for an error that Node prints with its stack, the error itself. */
function lastWords(stderr: string): string {
  const lines = stderr.trim().split('\n').filter(Boolean);
  const isFromNode = /^Node\.js v/.test(lines.at(-1) ?? '');
  const error = isFromNode ? lines.findLast((line) => /^(Uncaught )?\w*Error\b/.test(line)) : undefined;
  const last = (error ?? lines.at(-1))?.trim();
  return last ? ` Last output: ${last.slice(0, 300)}` : '';
}

/** The loader reports a missing library, long before TensorFlow can report anything. */
function missingLibrary(stderr: string): Gone | null {
  const name = /(\S+\.(?:so[.\d]*|dll|dylib|node)): cannot open shared object file/.exec(stderr)?.[1];
  if (!name) return null;
  const why = `The engine could not start: the library ${name} is missing.`;
  return gone('library_missing', 'engine_library_missing', why, 'Run `keel engine install`, then `keel system`.');
}

function unreadableMessage(fault: string): Gone {
  const why = `The engine sent an unreadable message (${fault}) and was terminated.`;
  const fix = 'Resume the run from its last checkpoint. If it fails again, report this with the log of the run.';
  return gone('unreadable message', 'engine_bug', why, fix);
}

/** Signals sent by the user, a service manager, or the system; errors in the engine do not raise them. */
const SENT = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

/** The usual meaning of signals raised by errors, where that helps. */
const MEANINGS: Readonly<Record<string, string>> = {
  SIGBUS: 'a memory-mapped file could not be read or extended, for example on a full disk',
  SIGILL: 'the processor lacks an instruction that its library uses',
  SIGXFSZ: 'a file would have exceeded the size limit of this user',
  SIGXCPU: 'it has used up the processor time limit of this user',
};

function endedBySignal(signal: string, words: string): Gone {
  if (signal === 'SIGKILL') {
    const why = 'The engine was killed by another process, or by the system because the machine ran out of memory.';
    return gone('killed', 'engine_killed', why);
  }
  if (SENT.has(signal)) return gone(signal, 'engine_ended', `The engine was ended by another process (${signal}).`);
  const meaning = MEANINGS[signal];
  return gone(signal, 'engine_crashed', `The engine crashed (${signal}${meaning ? `: ${meaning}` : ''}).${words}`);
}

/**
 * Explains why an engine process exited without a last message.
 * @param wasReady whether it had loaded its libraries: earlier output of their loader is then not the cause.
 */
export function explainExit(exit: EngineExit, wasReady = false): Gone {
  if (exit.lost) return { kind: 'gone', cause: exit.lost.code, error: exit.lost };
  if (exit.unreadable !== null) return unreadableMessage(exit.unreadable);
  // An error of the loader ends a process with an exit code; before a crash, it was only a warning.
  const missing = wasReady || exit.signal ? null : missingLibrary(exit.stderr);
  if (missing) return missing;
  const words = lastWords(exit.stderr);
  if (/out of memory|bad_alloc|OOM when allocating|heap limit/i.test(exit.stderr)) {
    const fix = 'Reduce the batch size or the response length in the config, then start again.';
    return gone('out_of_memory', 'engine_out_of_memory', `The engine ran out of memory.${words}`, fix);
  }
  if (exit.signal) return endedBySignal(exit.signal, words);
  if (exit.code === null) {
    const fix = 'Free memory or processes on this machine, then resume the run.';
    return gone('not started', 'engine_not_started', `The engine process could not be started.${words}`, fix);
  }
  return gone(`exit ${exit.code}`, 'engine_crashed', `The engine exited unexpectedly (code ${exit.code}).${words}`);
}

/** An engine that was silent for too long and was killed. */
export function hungEngine(seconds: number, phase: string): Gone {
  const why = `The engine sent no message for ${seconds} s (phase: ${phase}) and was terminated.`;
  return gone('hung', 'engine_hung', why);
}

/** An engine whose events have a gap: its rows can no longer be trusted. */
export function lostEvent(expected: number, got: number): Gone {
  return gone('lost event', 'engine_bug', `The engine's event ${expected} is missing; event ${got} arrived instead.`);
}
