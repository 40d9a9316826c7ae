/**
 * `node scripts/mutation/mutate-interface.ts [POINT …] [--only PATCH]`: takes back what each claim about the interface rests
 * on, one at a time in a checkout of its own, and runs the test that holds the claim in Chromium. A break that no test
 * notices fails the command. The claims and their breaks are in `scripts/mutation/interface`; a patch that no longer
 * applies is told as such: what it took back has changed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { writeRecipeIndex } from '#setup/recipe-index.mjs';

const ROOT = join(import.meta.dirname, '../..');
const BREAKS = join(import.meta.dirname, 'interface');
const LONGEST_MILLISECONDS = 8 * 60_000;

interface Claim {
  readonly point: string;
  readonly text: string;
  readonly file: string;
  readonly test: string;
  readonly patch: string;
}

function readClaims(): readonly Claim[] {
  const [, ...lines] = readFileSync(join(BREAKS, 'claims.tsv'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [point = '', text = '', file = '', test = '', patch = ''] = line.split('\t');
    return { point, text, file, test, patch };
  });
}

type Verdict = 'noticed' | 'NOT NOTICED' | 'does not apply' | 'does not build';

function judge(folder: string, { file, test, patch }: Claim): Verdict {
  const git = (...args: readonly string[]) => spawnSync('git', args, { cwd: folder }).status === 0;
  const applied = git('apply', join(BREAKS, patch));
  const options = { cwd: folder, timeout: LONGEST_MILLISECONDS, stdio: 'ignore' } as const;
  const passes = (...program: readonly string[]) => spawnSync(process.execPath, program, options).status === 0;
  // A page that cannot be built fails every test, whatever the test looks at.
  const isBuilt = applied && passes(join('scripts', 'build-renderer.ts'));
  const isUnnoticed = isBuilt && passes(join('node_modules', 'vitest', 'vitest.mjs'), 'run', file, '-t', test);
  git('checkout', '--quiet', '.');
  git('clean', '-fdq', 'src-main', 'src-renderer', 'tests');
  if (!applied) return 'does not apply';
  if (!isBuilt) return 'does not build';
  return isUnnoticed ? 'NOT NOTICED' : 'noticed';
}

const { values: flags, positionals: points } = parseArgs({
  options: { only: { type: 'string' } },
  allowPositionals: true,
});
const wanted = readClaims().filter(
  ({ point, patch }) => (points.length === 0 || points.includes(point)) && (flags.only ?? patch) === patch,
);
const folder = join(mkdtempSync(join(tmpdir(), 'keel-interface-')), 'checkout');
execFileSync('git', ['worktree', 'add', '--quiet', '--detach', folder, 'HEAD'], { cwd: ROOT });
try {
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeRecipeIndex(folder);
  for (const claim of wanted) {
    const verdict = judge(folder, claim);
    process.stdout.write(`${verdict}: ${claim.point}, ${claim.text} (${claim.patch})\n`);
    if (verdict !== 'noticed') process.exitCode = 1;
  }
} finally {
  execFileSync('git', ['worktree', 'remove', '--force', folder], { cwd: ROOT });
}
