import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { median } from '../../src-main/engine/jobs/bench/bench-report.ts';
import type { AcceptanceLine } from './line.ts';
import { keel, ROOT } from './run-program.ts';

const TURNS = 3;
const WANTED = 0.6;

/** The demo's pipeline with its stages in one mode; the rest of the starter beside it. */
function writeConfig(folder: string, mode: 'compiled' | 'eager'): string {
  cpSync(join(ROOT, 'resources/starter'), join(folder, mode), { recursive: true });
  const file = join(folder, mode, 'demo.yaml');
  const config = parseDocument(readFileSync(file, 'utf8'));
  for (const stage of ['reward_model', 'apa']) config.setIn(['stages', stage, 'engine', 'mode'], mode);
  writeFileSync(file, config.toString());
  return file;
}

/** Seconds of the whole pipeline, from the command's start to its end. */
async function secondsOf(file: string): Promise<number> {
  const start = performance.now();
  await keel(['run', file]);
  return (performance.now() - start) / 1000;
}

export const demoTime: AcceptanceLine = {
  number: 13,
  title: `The demo's training time, compiled over op by op, in turn, ${TURNS} times`,
  async run(tell) {
    const folder = mkdtempSync(join(tmpdir(), 'keel-demo-time-'));
    try {
      const [compiled, eager] = [writeConfig(folder, 'compiled'), writeConfig(folder, 'eager')];
      const ratios: number[] = [];
      for (let turn = 1; turn <= TURNS; turn += 1) {
        const [fast, slow] = [await secondsOf(compiled), await secondsOf(eager)];
        ratios.push(fast / slow);
        tell(`turn ${turn}: ${fast.toFixed(0)} s compiled, ${slow.toFixed(0)} s op by op, ${(fast / slow).toFixed(2)}`);
      }
      const ratio = median(ratios);
      return { passed: ratio <= WANTED, figures: [`compiled / op by op ${ratio.toFixed(2)} (wanted ${WANTED})`] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
