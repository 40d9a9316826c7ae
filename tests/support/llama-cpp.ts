import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** llama.cpp's prebuilt program library for this machine, and the package that runs it. */
const VERSION = '3.21.1';
/**
 * llama.cpp's kernels for AMX, which it would choose on a processor that has it: with the tests' small models, quantized as
 * Q8_0, Q6_K, or Q4_0, they give every text a loss of exactly 0. Without this file, it takes those for AVX-512.
 */
const AMX = 'node_modules/@node-llama-cpp/linux-x64/bins/linux-x64/libggml-cpu-sapphirerapids.so';
const SCRIPT = join(import.meta.dirname, 'llama-cpp.mjs');

/**
 * A folder with node-llama-cpp, installed once by npm into the user's cache folder, outside the repository; or why it
 * cannot be had, which skips its tests. Its optional packages for graphics cards are left out.
 */
export function llamaCpp(): { readonly folder: string } | { readonly missing: string } {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { missing: 'only on Linux x64' };
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'keel-test-models', `node-llama-cpp-${VERSION}`);
  const found = () => {
    rmSync(join(folder, AMX), { force: true });
    return { folder };
  };
  if (existsSync(join(folder, 'node_modules', 'node-llama-cpp', 'package.json'))) return found();
  mkdirSync(folder, { recursive: true });
  const packages = [`node-llama-cpp@${VERSION}`, `@node-llama-cpp/linux-x64@${VERSION}`];
  const flags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--prefix', folder];
  const { status } = spawnSync('npm', ['install', ...flags, ...packages], { stdio: 'ignore', timeout: 180_000 });
  return status === 0 ? found() : { missing: `npm could not install node-llama-cpp ${VERSION}` };
}

export interface LlamaRequest {
  readonly path: string;
  /** Prompts that are continued greedily. */
  readonly prompts: readonly (readonly number[])[];
  readonly newTokens: number;
  /** Ids whose log-probabilities are summed. */
  readonly scored: readonly number[];
  readonly texts: readonly string[];
  /** Path of an adapter for the model. */
  readonly lora?: string;
}

export interface LlamaAnswer {
  readonly greedy: readonly (readonly number[])[];
  /** Negative mean log-probability of the scored ids after the first, nats. */
  readonly loss: number;
  /** Ids of the texts, without BOS. */
  readonly ids: readonly (readonly number[])[];
}

/** What llama.cpp computes with a file, in a process of its own. */
export function askLlamaCpp(folder: string, request: LlamaRequest): LlamaAnswer {
  const input = JSON.stringify(request);
  const output = execFileSync(process.execPath, [SCRIPT, folder], {
    input,
    maxBuffer: 2 ** 26,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return JSON.parse(output.toString()) as LlamaAnswer;
}
