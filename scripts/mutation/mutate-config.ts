/**
 * `node scripts/mutation/mutate-config.ts [RECIPE …] [--only PATTERN]`: disconnects each config field in turn, so that the
 * program sees another value in its place, and checks whether a probe notices. A mutant that survives is a field that no
 * test covers. Prints the number of mutants and how many were killed; fails below 95%, or if a field has no probe.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { RecipeName } from '#contract/config/index.ts';
import { PROBED_RECIPES, probesOf, unprobed, WITHOUT_USE } from '../../tests/support/config-probes/all-probes.ts';
import { type ConfigProbe, cutConfig, type Plain } from '../../tests/support/config-probes/probe.ts';

const WANTED = 0.95;
const AT_ONCE = 2;

/** Every second field of a recipe, so that all shares take about as long. */
interface Share {
  readonly recipe: RecipeName;
  readonly half: number;
}

interface Verdict {
  readonly mutant: string;
  /** What a probe said of the mutant; null when it noticed nothing. */
  readonly killedBy: string | null;
  /** What the probe said of the config that nothing is cut from; null when it is in order. */
  readonly unsound: string | null;
}

async function faultsOf(probe: ConfigProbe, config: Plain): Promise<readonly string[]> {
  try {
    return await probe.observe(config);
  } catch (error) {
    return [`the run fails: ${(error as { why?: string }).why ?? String(error)}`];
  }
}

async function judge(probe: ConfigProbe, unsound: string | null): Promise<Verdict> {
  const mutant = `${probe.recipe} ${probe.path}`;
  const cut = cutConfig(probe);
  if (cut === null) throw new Error(`${mutant}: no value can stand in for ${JSON.stringify(probe.config)}`);
  return { mutant, unsound, killedBy: (await faultsOf(probe, cut))[0] ?? null };
}

/** Judges every second field of one recipe in this process and prints a verdict a line. */
async function judgeHalf({ recipe, half }: Share, only: RegExp): Promise<void> {
  // Probes of one golden run share its config and compare the same numbers: it runs uncut once.
  const sound = new Map<Plain, readonly string[]>();
  const wanted = probesOf(recipe).filter(({ path }) => only.test(path));
  for (const probe of wanted.filter((_, index) => index % 2 === half)) {
    const faults = sound.get(probe.config) ?? (await faultsOf(probe, probe.config));
    sound.set(probe.config, faults);
    process.stdout.write(`${JSON.stringify(await judge(probe, faults[0] ?? null))}\n`);
  }
}

/** The same in a process of its own. */
function judgeApart({ recipe, half }: Share, only: string): Promise<readonly Verdict[]> {
  const child = spawn(process.execPath, [import.meta.filename, '--judge', `${recipe}/${half}`, '--only', only], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' },
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`${recipe}: ${err.join('').trim()}`));
      const lines = out.join('').split('\n').filter(Boolean);
      resolve(lines.map((line) => JSON.parse(line) as Verdict));
    });
  });
}

async function judgeAll(recipes: readonly RecipeName[], only: string): Promise<readonly Verdict[]> {
  const waiting = recipes.flatMap((recipe) => [
    { recipe, half: 0 },
    { recipe, half: 1 },
  ]);
  const verdicts: Verdict[] = [];
  const work = async () => {
    for (let share = waiting.shift(); share !== undefined; share = waiting.shift()) {
      verdicts.push(...(await judgeApart(share, only)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const recipe of recipes) {
    const own = verdicts.filter(({ mutant }) => mutant.startsWith(`${recipe} `));
    const killed = own.filter(({ killedBy }) => killedBy !== null).length;
    process.stdout.write(`${recipe}: ${own.length} mutants, ${killed} killed\n`);
  }
  return verdicts;
}

const { values, positionals } = parseArgs({
  options: { judge: { type: 'string' }, only: { type: 'string', default: '' } },
  allowPositionals: true,
});
if (values.judge !== undefined) {
  const [recipe, half] = values.judge.split('/');
  await judgeHalf({ recipe: recipe as RecipeName, half: Number(half) }, new RegExp(values.only));
} else {
  const recipes = PROBED_RECIPES.filter((name) => positionals.length === 0 || positionals.includes(name));
  const missing = unprobed();
  const verdicts = await judgeAll(recipes, values.only);
  const survivors = verdicts.filter(({ killedBy }) => killedBy === null);
  const share = 1 - survivors.length / verdicts.length;
  for (const { mutant } of survivors) process.stdout.write(`survives: ${mutant}\n`);
  const unsound = verdicts.filter((verdict) => verdict.unsound !== null);
  for (const { mutant, unsound: why } of unsound) process.stdout.write(`fails uncut: ${mutant}: ${why}\n`);
  for (const field of missing) process.stdout.write(`no probe: ${field}\n`);
  for (const [of, path, why] of WITHOUT_USE) process.stdout.write(`not cut: ${of.join(', ')} ${path.source}: ${why}\n`);
  process.stdout.write(
    `config fields: ${verdicts.length} mutants, ${verdicts.length - survivors.length} killed (${(100 * share).toFixed(1)}%)\n`,
  );
  process.exitCode = share < WANTED || missing.length + unsound.length > 0 ? 1 : 0;
}
