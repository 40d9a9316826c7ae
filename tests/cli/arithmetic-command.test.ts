import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { resolveConfig } from '#contract/config/index.ts';
import { runCli } from '../../src-main/cli/run-cli.ts';

async function written(args: readonly string[], name = 'sums') {
  const folder = mkdtempSync(join(tmpdir(), 'keel-arithmetic-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const run = (more: readonly string[]) =>
    runCli(['arithmetic', name, ...more], {
      ...{ home: join(folder, 'home'), folder, environment: process.env, isTerminal: false },
      stdio: { input: process.stdin, output: process.stdout },
      print: () => undefined,
      remark: () => undefined,
      onInterrupt: () => () => undefined,
    });
  const code = await run(args);
  const read = (file: string) => readFileSync(join(folder, name, file), 'utf8');
  return { code, files: readdirSync(join(folder, name)).sort(), read, again: () => run(args) };
}

const problemsIn = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { prompt: string; answer: string });

test('every sum and difference once, each with its answer', async () => {
  const { code, files, read } = await written([]);
  expect([code, files]).toEqual([0, ['apa.yaml', 'grpo.yaml', 'problems.jsonl', 'rloo.yaml']]);
  const problems = problemsIn(read('problems.jsonl'));
  // n numbers give n (n + 1) / 2 pairs of either kind: 55 and 55 for 0 to 9.
  expect(new Set(problems.map(({ prompt }) => prompt)).size).toBe(110);
  for (const { prompt, answer } of problems) {
    const [, a, sign, b] = /^(\d)([+-])(\d)=$/.exec(prompt)!;
    expect(answer).toBe(String(sign === '+' ? Number(a) + Number(b) : Number(a) - Number(b)));
    expect(answer).toMatch(/^\d$/);
  }
});

test('the seed determines the order alone', async () => {
  const [one, same, other] = [await written([]), await written([]), await written(['--seed', '1'])];
  const text = (of: typeof one) => of.read('problems.jsonl');
  expect(text(same)).toBe(text(one));
  expect(text(other)).not.toBe(text(one));
  expect(text(other).split('\n').sort()).toEqual(text(one).split('\n').sort());
});

test('the configs are complete, and nothing is replaced', async () => {
  const { files, read, again } = await written(['--largest', '20', '--seed', '3']);
  for (const file of files.filter((name) => name.endsWith('.yaml'))) {
    const { file: resolved } = resolveConfig(parse(read(file)) as Record<string, unknown>);
    expect(resolved).toMatchObject({ recipe: 'pipeline', seed: 3 });
  }
  const before = read('problems.jsonl');
  expect(await again()).not.toBe(0);
  expect(read('problems.jsonl')).toBe(before);
});
