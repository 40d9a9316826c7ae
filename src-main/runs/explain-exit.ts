import type { EngineExit } from '#engine/protocol.ts';
import type { Outcome } from './drive-engine.ts';

type Gone = Extract<Outcome, { kind: 'gone' }>;

const RESUME = 'Resume the run: it goes on from its last checkpoint.';

function gone(cause: string, code: string, why: string, fix = RESUME): Gone {
  return { kind: 'gone', cause, error: { code, why, fix, kind: 'expected' } };
}

function lastWords(stderr: string): string {
  const lines = stderr.trim().split('\n').filter(Boolean);
  const last = lines.at(-1)?.trim();
  return last ? ` Its last words: ${last.slice(0, 300)}` : '';
}

/** A missing library is named by the loader, long before TensorFlow can speak. */
function missingLibrary(stderr: string): Gone | null {
  const name = /(\S+\.(?:so[.\d]*|dll|dylib|node)): cannot open shared object file/.exec(stderr)?.[1];
  if (!name) return null;
  const why = `The engine could not start: the library ${name} is missing.`;
  return gone('library_missing', 'engine_library_missing', why, 'Run `keel engine install`, then `keel doctor`.');
}

/** Says in words why an engine process is gone without a last word. */
export function explainExit(exit: EngineExit): Gone {
  const missing = missingLibrary(exit.stderr);
  if (missing) return missing;
  const words = lastWords(exit.stderr);
  if (/out of memory|bad_alloc|OOM when allocating|heap limit/i.test(exit.stderr)) {
    const fix = 'Lower the batch or the response length in the config, then start again.';
    return gone('out_of_memory', 'engine_out_of_memory', `The engine ran out of memory.${words}`, fix);
  }
  if (exit.signal === 'SIGKILL') {
    const why = 'The engine was killed from outside; when the machine runs out of memory, the system does this.';
    return gone('killed', 'engine_killed', why);
  }
  if (exit.signal) return gone(exit.signal, 'engine_crashed', `The engine crashed (${exit.signal}).${words}`);
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
