import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';

export type ProbeAnswer<Value> = { readonly value: Value } | { readonly problem: string };

const PATIENCE_MS = 60_000;

/** The line that tells a person most: an error's message, else the last words. */
function reason(stderr: string, fallback: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /^(\w*Error|.*: symbol lookup error)/.test(line)) ?? lines.at(-1) ?? fallback;
}

/**
 * Runs a script of ours with the running Node in a process of its own and reads the JSON that it prints last. Never
 * rejects: a process that fails, dies or hangs is an answer too.
 */
export function runProbe<Schema extends z.ZodType>(
  script: URL,
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): Promise<ProbeAnswer<z.infer<Schema>>> {
  const options = { env: { ...environment, TF_CPP_MIN_LOG_LEVEL: '3' }, timeout: PATIENCE_MS };
  return new Promise((resolve) => {
    execFile(process.execPath, [...process.execArgv, fileURLToPath(script)], options, (error, stdout, stderr) => {
      if (error) {
        const ending = error.signal
          ? `the process ended by ${error.signal}`
          : `the process ended with code ${error.code}`;
        return resolve({ problem: reason(stderr, ending) });
      }
      const parsed = schema.safeParse(parseLine(stdout));
      resolve(parsed.success ? { value: parsed.data } : { problem: 'the process answered something unexpected' });
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
