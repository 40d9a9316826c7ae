import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { ROOT } from '../architecture/source-tree.ts';
import { openApp } from '../renderer/support/app.ts';
import { serveApp } from '../renderer/support/serve-app.ts';
import { makeTinyWorld, type TinyWorld, tinyConfigs } from '../support/tiny-world.ts';
import { makeToyTree, runIn, type ToyTree, toyFiles } from './toy-tree.ts';

const KEEL = 'src-main/cli/main.ts';
const MINUTES = 60_000;

let tree: ToyTree;
let home: string;
let world: TinyWorld;

beforeAll(async () => {
  tree = makeToyTree();
  home = mkdtempSync(join(tmpdir(), 'keel-toy-home-'));
  mkdirSync(join(home, 'world'));
  world = makeTinyWorld(await startRuntime({ binding: null, mode: 'eager' }), join(home, 'world'));
});
afterAll(() => {
  tree.remove();
  rmSync(home, { recursive: true, force: true });
});

const keel = (...args: readonly string[]) => runIn(tree.root, [KEEL, ...args], { KEEL_HOME: home });

/** A pipeline whose one stage is the toy recipe over the tiny world. */
function pipeline(): string {
  const { recipe: _recipe, critic: _critic, ...apa } = tinyConfigs(world, 3).apa as Record<string, object>;
  const toy = {
    ...apa,
    method: { toy_pull: 0.5 },
    rollouts: { ...apa.rollouts, num_generations: 2 },
    evaluation: { ...apa.evaluation, interval_iterations: 1 },
  };
  const path = join(home, 'pipeline.json');
  writeFileSync(path, JSON.stringify({ recipe: 'pipeline', name: 'toy line', stages: { toy } }));
  return path;
}

test('a recipe is five files: descriptor, loss, page, loss test and docs', () => {
  expect(toyFiles()).toEqual([
    'docs/algorithms/toy.md',
    'src-main/contract/recipes/toy.ts',
    'src-main/engine/recipes/toy.ts',
    'src-main/engine/update/losses/toy.ts',
    'tests/engine/update/losses/toy.test.ts',
  ]);
  expect(toyFiles().filter((file) => existsSync(join(ROOT, file)))).toEqual([]);
});

test('the copy has the types, the rules of the house and the golden numbers', { timeout: 10 * MINUTES }, async () => {
  const types = await runIn(tree.root, ['node_modules/typescript/bin/tsc', '-p', '.']);
  expect(types).toEqual({ code: 0, out: '' });
  const tests = [
    'tests/engine/update/losses/toy.test.ts',
    'tests/architecture',
    'tests/contract/config/schema.test.ts',
  ];
  const ran = await runIn(tree.root, ['node_modules/vitest/vitest.mjs', 'run', '--maxWorkers=1', ...tests]);
  expect(ran.out).not.toMatch(/ FAIL /);
  expect(ran.code).toBe(0);
});

test('the docs have its fields, its presets with their sources, and its metrics', async () => {
  expect(await runIn(tree.root, ['scripts/generate-docs.ts'])).toMatchObject({ code: 0 });
  const page = (name: string) => readFileSync(join(tree.root, 'docs', name), 'utf8');
  expect(page('config.md')).toMatch(/^## apa, .*\btoy\b/m);
  expect(page('config.md')).toMatch(/`method\.toy_pull` \| μ \| number, 0 to 1000; \*\*live\*\*/);
  expect(page('config.md')).toContain('tests: a recognizable value');
  expect(page('metrics.md')).toContain('`toy/pull_loss`');
});

describe('a pipeline with the recipe as its stage', () => {
  let run: { readonly id: string; readonly stages: readonly { readonly id: string; readonly recipe: string }[] };

  beforeAll(async () => {
    const ended = await keel('run', pipeline());
    expect(ended, ended.out).toMatchObject({ code: 0 });
    run = JSON.parse((await keel('runs', 'show', 'latest', '--json')).out);
    const parent = (run as unknown as { parent: string | null }).parent;
    if (parent) run = JSON.parse((await keel('runs', 'show', parent, '--json')).out);
  }, 4 * MINUTES);

  test('trains, and the terminal lists it, its metrics and its live field', async () => {
    expect(run.stages).toMatchObject([{ recipe: 'toy', state: 'finished' }]);
    const stage = JSON.parse((await keel('runs', 'show', run.stages[0]!.id, '--json')).out);
    expect(stage.metrics).toMatchObject({ 'toy/pull_loss': expect.any(Number), 'eval/reward': expect.any(Number) });
    expect(Object.keys(stage.metrics).filter((key) => key.startsWith('values/'))).toEqual([]);
    expect(stage.artifacts.map(({ kind }: { kind: string }) => kind)).not.toContain('critic');
  });

  test('the exported policy has its method on the card', async () => {
    const out = join(home, 'exported');
    const exported = await keel('export', run.stages[0]!.id, '--format', 'hf', '--out', out);
    expect(exported, exported.out).toMatchObject({ code: 0 });
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain(
      'Toy policy gradients. Log-likelihood of sampled responses, weighted by how far each scores above the others',
    );
  });

  test('the page offers it, and shows its runs as those of any other method', { timeout: 6 * MINUTES }, async () => {
    const built = await runIn(tree.root, ['scripts/build-renderer.ts']);
    expect(built, built.out).toMatchObject({ code: 0 });
    const { page, open, complaints } = await openApp({
      home,
      begin: (options) => serveApp({ ...options, root: tree.root }),
    });
    await open('/runs/new');
    await page.getByRole('radio', { name: /^Toy/ }).click();
    await page.getByText('Weight of the squared log-ratio to the starting policy.').waitFor();
    await open('/runs');
    await page.getByRole('combobox', { name: 'Method' }).selectOption('toy');
    await page.getByRole('row').getByText('Toy', { exact: true }).waitFor();
    await open(`/runs/${run.stages[0]!.id}`);
    await page.getByRole('heading', { name: 'Pull to the start' }).waitFor();
    await page.getByText('Small and steady.').waitFor();
    await page.getByRole('link', { name: 'Samples' }).click();
    await page
      .getByText(/^Question \d+: my /)
      .first()
      .waitFor({ state: 'attached' });
    await open('/models');
    await page.getByText('toy', { exact: false }).first().waitFor();
    await open(`/studies?runs=${run.stages[0]!.id}`);
    await page.getByRole('heading', { name: /Toy.* side by side/ }).waitFor();
    expect(complaints).toEqual([]);
  });
});
