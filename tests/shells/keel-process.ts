import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** `keel` with engines that compute nothing. */
export const FAKE_KEEL = fileURLToPath(new URL('./fake-keel.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Standard output as JSON lines. */
  readonly lines: readonly Record<string, unknown>[];
}

export interface KeelProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when a text has been printed, on either stream; rejects when the process ends without it. */
  seen(text: string): Promise<void>;
}

/** A folder with a config, and a data folder of its own. */
export function workplace(): { readonly folder: string; readonly home: string } {
  const folder = mkdtempSync(join(tmpdir(), 'keel-cli-'));
  writeFileSync(
    join(folder, 'tiny.yaml'),
    'recipe: sft\nname: tiny\nmodel: some/model\ndata: { files: [data.jsonl] }\n',
  );
  return { folder, home: join(folder, 'home') };
}

function parseLines(out: string): readonly Record<string, unknown>[] {
  return out
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
}

export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Leads a process group of its own, as a terminal's job does. */
  readonly isGroup?: boolean;
  readonly input?: string;
}

/** Starts `keel` as a program of its own, with engines that behave as told. */
export function keel(
  { folder, home }: { readonly folder: string; readonly home: string },
  args: readonly string[],
  behavior: Record<string, string | number> = {},
  input = '',
): KeelProcess {
  const env = { ...process.env, KEEL_HOME: home, KEEL_FAKE: JSON.stringify(behavior) };
  return startProgram({ path: process.execPath, args: [FAKE_KEEL, ...args], folder, env, input });
}

/** Starts a program and listens to what it says. */
export function startProgram({ path, args, folder, env, isGroup = false, input = '' }: Program): KeelProcess {
  const child = spawn(path, args, { cwd: folder, env, detached: isGroup });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  const waiting: { readonly text: string; readonly done: () => void }[] = [];
  const look = () => {
    for (const { text, done } of waiting) if ((out + err).includes(text)) done();
  };
  child.stdout.on('data', (text) => {
    out += text;
    look();
  });
  child.stderr.on('data', (text) => {
    err += text;
    look();
  });
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err, lines: parseLines(out) }));
  });
  const seen = (text: string) =>
    new Promise<void>((resolve, reject) => {
      waiting.push({ text, done: resolve });
      look();
      ended.then((end) => reject(new Error(`keel ended (${end.code}) without "${text}":\n${end.out}${end.err}`)));
    });
  return { child, ended, seen };
}
