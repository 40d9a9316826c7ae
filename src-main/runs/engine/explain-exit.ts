import type { Detail } from '#contract/api/runs/run-records.ts';
import type { KeelErrorShape } from '#contract/errors.ts';
import type { EngineExit } from '#engine/protocol.ts';

/** How a job ended. `gone` is an engine that died or was killed without a last word. */
export type Outcome =
  | { readonly kind: 'summary'; readonly summary: Detail }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'stopped'; readonly step: number | null }
  | { readonly kind: 'failed'; readonly error: KeelErrorShape; readonly stack: string | null }
  | { readonly kind: 'gone'; readonly error: KeelErrorShape; readonly cause: string };

type Gone = Extract<Outcome, { kind: 'gone' }>;

const RESUME = 'Resume the run: it goes on from its last checkpoint.';

function gone(cause: string, code: string, why: string, fix = RESUME): Gone {
  return { kind: 'gone', cause, error: { code, why, fix, kind: 'expected' } };
}

/** The last line of standard error that says something; of an error that Node prints with its stack, the error. */
function lastWords(stderr: string): string {
  const lines = stderr.trim().split('\n').filter(Boolean);
  const isFromNode = /^Node\.js v/.test(lines.at(-1) ?? '');
  const error = isFromNode ? lines.findLast((line) => /^(Uncaught )?\w*Error\b/.test(line)) : undefined;
  const last = (error ?? lines.at(-1))?.trim();
  return last ? ` Its last words: ${last.slice(0, 300)}` : '';
}

/** A missing library is named by the loader, long before TensorFlow can speak. */
function missingLibrary(stderr: string): Gone | null {
  const name = /(\S+\.(?:so[.\d]*|dll|dylib|node)): cannot open shared object file/.exec(stderr)?.[1];
  if (!name) return null;
  const why = `The engine could not start: the library ${name} is missing.`;
  return gone('library_missing', 'engine_library_missing', why, 'Run `keel engine install`, then `keel system`.');
}

function unreadableMessage(fault: string): Gone {
  const why = `The engine sent a message that could not be read (${fault}) and was ended.`;
  const fix = 'Resume the run from its last checkpoint; if it fails again, report this with the log of the run.';
  return gone('unreadable message', 'engine_bug', why, fix);
}

/** Signals that a person, a service manager or the system sends; no fault of the engine raises them. */
const SENT = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

/** What a signal that a fault raises usually means, where that helps. */
const MEANINGS: Readonly<Record<string, string>> = {
  SIGBUS: 'a file that it had mapped could not be read or extended, as on a full disk',
  SIGILL: 'the processor lacks an instruction that its library uses',
  SIGXFSZ: 'a file would have grown beyond the limit of this user',
  SIGXCPU: 'it has used all the processor time that this user has',
};

function endedBySignal(signal: string, words: string): Gone {
  if (signal === 'SIGKILL') {
    const why = 'The engine was killed from outside; when the machine runs out of memory, the system does this.';
    return gone('killed', 'engine_killed', why);
  }
  if (SENT.has(signal)) return gone(signal, 'engine_ended', `The engine was ended from outside (${signal}).`);
  const meaning = MEANINGS[signal];
  return gone(signal, 'engine_crashed', `The engine crashed (${signal}${meaning ? `: ${meaning}` : ''}).${words}`);
}

/**
 * Says in words why an engine process is gone without a last word.
 * @param wasReady it had loaded its libraries: what their loader printed before is not the cause.
 */
export function explainExit(exit: EngineExit, wasReady = false): Gone {
  if (exit.unreadable !== null) return unreadableMessage(exit.unreadable);
  // The loader's error ends a process by exit code; before a crash it has only warned.
  const missing = wasReady || exit.signal ? null : missingLibrary(exit.stderr);
  if (missing) return missing;
  const words = lastWords(exit.stderr);
  if (/out of memory|bad_alloc|OOM when allocating|heap limit/i.test(exit.stderr)) {
    const fix = 'Lower the batch or the response length in the config, then start again.';
    return gone('out_of_memory', 'engine_out_of_memory', `The engine ran out of memory.${words}`, fix);
  }
  if (exit.signal) return endedBySignal(exit.signal, words);
  if (exit.code === null) {
    const fix = 'Free memory or processes on this machine, then resume the run.';
    return gone('not started', 'engine_not_started', `The engine process could not be started.${words}`, fix);
  }
  return gone(`exit ${exit.code}`, 'engine_crashed', `The engine ended unexpectedly (exit code ${exit.code}).${words}`);
}

/** An engine that said nothing for too long and was killed. */
export function hungEngine(seconds: number, phase: string): Gone {
  const why = `The engine said nothing for ${seconds} s while ${phase}, and was ended.`;
  return gone('hung', 'engine_hung', why);
}

/** An engine whose events have a gap: its rows can no longer be trusted. */
export function lostEvent(expected: number, got: number): Gone {
  return gone('lost event', 'engine_bug', `The engine's event ${expected} is missing; ${got} came in its place.`);
}
