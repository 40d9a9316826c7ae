import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfigText, resolveConfig } from '#contract/config/index.ts';
import { ROOT } from '../architecture/source-tree.ts';
import { type Ended, startProgram } from '../shells/keel-process.ts';
import { isLongForm } from '../support/long-form.ts';

const FOLDER = join(ROOT, 'docs/tutorial');
const TUTORIAL = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');
/** Code blocks with their language and what follows it on the same line. */
const blocks = [...TUTORIAL.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(
  ([, language, name, text]) => ({ language, name, text }) as Readonly<Record<'language' | 'name' | 'text', string>>,
);
const configs = blocks.filter(({ language }) => language === 'yaml');
const resolved = (name: string) =>
  resolveConfig(parseConfigText(readFileSync(join(FOLDER, name), 'utf8'), name)).file as Record<string, unknown>;

/** `npm` runs the bootstrap, which installs packages and the engine; both are here already. */
const NPM = `npm() { shift 3; '${process.execPath}' '${join(ROOT, 'src-main/cli/main.ts')}' "$@"; }`;

/** Runs one block of the document as it stands, in a home folder of its own. */
async function shell(text: string, home: string): Promise<Ended> {
  const { TF_CPP_MIN_LOG_LEVEL, KEEL_ENGINE_BINDING, PATH } = process.env;
  const env = { TF_CPP_MIN_LOG_LEVEL, KEEL_ENGINE_BINDING, PATH, HOME: home, KEEL_HOME: join(home, 'keel') };
  const args = ['-c', `set -euo pipefail\n${NPM}\n${text}`];
  const ended = await startProgram({ path: 'bash', args, folder: ROOT, env }).ended;
  if (ended.code !== 0) throw new Error(`${text}\nended with ${ended.code}:\n${ended.out}${ended.err}`);
  return ended;
}

test('the document shows the configs as they are, all of them', () => {
  expect(configs.map(({ name }) => name)).toEqual([
    ...['sft.yaml', 'reward-model.yaml', 'apa.yaml', 'ppo.yaml', 'awr.yaml', 'pipeline.yaml'],
  ]);
  for (const { name, text } of configs) expect(text).toBe(readFileSync(join(FOLDER, name), 'utf8'));
});

test('the stages of the pipeline are the single configs', () => {
  const text = JSON.stringify(resolved('pipeline.yaml').stages)
    .replaceAll('stage:model_init/model', 'model')
    .replaceAll('stage:sft/', 'run:tutorial-sft/')
    .replaceAll('stage:reward_model/', 'run:tutorial-reward/');
  const stages = JSON.parse(text) as Record<string, Record<string, unknown>>;
  const singles = { sft: 'sft.yaml', reward_model: 'reward-model.yaml', apa: 'apa.yaml' };
  for (const [stage, name] of Object.entries(singles))
    expect({ ...resolved(name), name: '' }).toMatchObject({ ...stages[stage], name: '' });
});

/** Numbers that a text printed under a name, such as `eval_loss: 0.28`. */
const numbers = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`\\b${name}:? +(-?[0-9.e-]+)`, 'g'))].map(([, number]) => Number(number));

/** Header and labels of the table in a report. */
function tableOf(text: string): readonly string[] {
  const [header = '', ...others] = text.slice(text.search(/^ +START/m)).split('\n');
  const end = others.findIndex((line) => !/ {2,}/.test(line));
  return [header.trim().replace(/ {2,}/g, ' '), ...others.slice(0, end).map((line) => line.split(/ {2,}/)[0]!)];
}

test.runIf(isLongForm)(
  'the commands of the tutorial work from an empty data folder, and learn',
  { timeout: 900_000 },
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'keel-tutorial-'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    const printed: Ended[] = [];
    for (const { language, text } of blocks) if (language === 'sh') printed.push(await shell(text, home));
    const out = printed.map((ended) => ended.out).join('\n');
    expect(out).toContain('896 good, 0 bad');
    expect(out).toMatch(/^ *parameters +374112$/m);
    // What an untrained model of 410 tokens scores is ln 410 = 6.0; coin tosses are right in 0.5 of the pairs.
    expect(numbers(out, 'eval_loss')[0]).toBeLessThan(0.5);
    const aligned = printed.find((ended) => /^Judge +/m.test(ended.out))?.out ?? '';
    expect(aligned).toMatch(/Judge: rose from/);
    const shown = blocks.find(({ language }) => language === 'text')!.text;
    expect(tableOf(aligned)).toEqual(tableOf(shown));
    expect(numbers(aligned, 'eval/win_rate_low')[0]).toBeGreaterThan(0.6);
    expect(numbers(aligned, 'eval/judge_win_rate_low')[0]).toBeGreaterThan(0.5);
    expect(numbers(aligned, 'eval/kl_exact')[0]).toBeGreaterThan(0.1);
    expect(out.match(/"text":" [A-Z]/g)).toHaveLength(2);
    expect(out).toContain('Exported and verified');
  },
);
