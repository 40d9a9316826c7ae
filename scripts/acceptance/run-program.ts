import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

export interface ProgramOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** The whole environment; that of this process without it. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Variables over it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramOutcome> {
  const start = performance.now();
  const child = spawn(program, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...(options.environment ?? process.env), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) options.onLine?.(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, seconds: (performance.now() - start) / 1000 }));
  });
}

/** Runs `keel` with `--json`; gives every object it printed. Throws its last words when it failed. */
export async function keel(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<readonly Record<string, unknown>[]> {
  const outcome = await runProgram(process.execPath, [join(ROOT, 'src-main/cli/main.ts'), ...args, '--json'], options);
  if (outcome.code !== 0)
    throw new Error(
      `keel ${args.join(' ')} ended with ${outcome.code}: ${outcome.stderr.slice(-1500)}${outcome.stdout.slice(-500)}`,
    );
  return parseObjects(outcome.stdout);
}

type Row = Record<string, unknown>;

/** One object over several lines, or an object a line. */
function parseObjects(text: string): readonly Row[] {
  try {
    return [JSON.parse(text) as Row];
  } catch {
    return text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Row] : []));
  }
}

/** Runs test files; their own output is kept for a failure. */
export async function vitest(
  paths: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramOutcome> {
  const runner = join(ROOT, 'node_modules/vitest/vitest.mjs');
  return runProgram(process.execPath, [runner, 'run', ...paths], { env: { NO_COLOR: '1', ...env } });
}

/** The runner's own count, for instance `12 passed (12)`. */
export function testCount({ stdout }: ProgramOutcome): string {
  return /^\s*Tests\s+(.*)$/m.exec(stdout)?.[1]?.trim() ?? 'no tests ran';
}
