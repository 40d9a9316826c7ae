import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../../src-main/engine/jobs/bench/bench-report.ts';
import type { AcceptanceLine } from './line.ts';
import { ROOT, runProgram } from './run-program.ts';

const TURNS = 3;
const WANTED = 0.6;
/** The last version before the engine's speed was worked on; its packages are those of today. */
const BEFORE = '1d505be';
const DEMO = 'resources/starter/demo.yaml';

/** Seconds of the demo's pipeline by the program of a folder, in a home of its own, from the command's start to its end. */
async function secondsOf(folder: string): Promise<number> {
  const home = mkdtempSync(join(tmpdir(), 'keel-demo-home-'));
  try {
    const args = [join(folder, 'src-main/cli/main.ts'), 'run', join(folder, DEMO), '--json'];
    const { code, stderr, seconds } = await runProgram(process.execPath, args, {
      cwd: folder,
      // The engine is this process's, not one that either program would look for in the new home.
      env: { KEEL_HOME: home, KEEL_ENGINE_CHOSEN: '' },
    });
    if (code !== 0) throw new Error(`The demo in ${folder} ended with ${code}: ${stderr.slice(-1000)}`);
    return seconds;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

export const demoTime: AcceptanceLine = {
  number: 13,
  title: `The demo's training time over that of ${BEFORE}, in turn, ${TURNS} times`,
  async run(tell) {
    const folder = mkdtempSync(join(tmpdir(), 'keel-demo-time-'));
    const before = join(folder, 'before');
    try {
      execFileSync('git', ['worktree', 'add', '--detach', before, BEFORE], { cwd: ROOT, stdio: 'pipe' });
      symlinkSync(join(ROOT, 'node_modules'), join(before, 'node_modules'));
      const ratios: number[] = [];
      for (let turn = 1; turn <= TURNS; turn += 1) {
        const [now, then] = [await secondsOf(ROOT), await secondsOf(before)];
        ratios.push(now / then);
        tell(`turn ${turn}: ${now.toFixed(0)} s now, ${then.toFixed(0)} s before, ${(now / then).toFixed(2)}`);
      }
      const ratio = median(ratios);
      return { passed: ratio <= WANTED, figures: [`now / before ${ratio.toFixed(2)} (wanted ${WANTED})`] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
      execFileSync('git', ['worktree', 'prune'], { cwd: ROOT, stdio: 'pipe' });
    }
  },
};
