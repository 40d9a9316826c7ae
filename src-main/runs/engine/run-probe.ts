import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';

export type ProbeAnswer<Value> = { readonly value: Value } | { readonly problem: string };

const PATIENCE_MS = 60_000;

/** The most informative line: an error message, otherwise the last line. */
function reason(stderr: string, fallback: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /^(\w*Error|.*: symbol lookup error)/.test(line)) ?? lines.at(-1) ?? fallback;
}

/**
 * Runs one of our scripts with the current Node in a separate process and reads the JSON that it prints last. Never
 * rejects: a process that fails, crashes, or hangs is returned as a problem.
 */
export function runProbe<Schema extends z.ZodType>(
  script: URL,
  schema: Schema,
  environment: NodeJS.ProcessEnv,
  patience = PATIENCE_MS,
): Promise<ProbeAnswer<z.infer<Schema>>> {
  const options = { env: { ...environment, TF_CPP_MIN_LOG_LEVEL: '3' }, timeout: patience };
  return new Promise((resolve) => {
    execFile(process.execPath, [...process.execArgv, fileURLToPath(script)], options, (error, stdout, stderr) => {
      if (error) {
        const ending = error.signal
          ? `the process was ended by ${error.signal}`
          : `the process exited with code ${error.code}`;
        return resolve({ problem: reason(stderr, ending) });
      }
      const parsed = schema.safeParse(parseLine(stdout));
      resolve(parsed.success ? { value: parsed.data } : { problem: 'the process returned an unexpected result' });
    });
  });
}

function parseLine(stdout: string): unknown {
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  } catch {
    return null;
  }
}
