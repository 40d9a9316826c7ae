import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProgressLine, formatProgress, formatSeconds } from '../../src-main/cli/progress-line.ts';
import { runCli } from '../../src-main/cli/run-cli.ts';
import { FAKE_ENGINE } from '../runs/fake-host.ts';

async function runHere(args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'keel-cli-'));
  let [out, err] = ['', ''];
  const code = await runCli(args, {
    home: join(folder, 'home'),
    folder,
    environment: process.env,
    engineEntry: FAKE_ENGINE,
    print: (line) => {
      out += `${line}\n`;
    },
    remark: (text) => {
      err += text;
    },
    isTerminal: false,
    stdio: { input: process.stdin, output: process.stdout },
    onInterrupt: () => () => undefined,
  });
  return { code, out, err };
}

describe('exit codes: 0 done, 1 failed, 2 misused; and never a stack', () => {
  test.each([
    [['run'], 2],
    [['nonsense'], 2],
    [['generate', '--model', 'm', '--prompt', 'x', '--max-new-tokens', 'many'], 2],
    [['--help'], 0],
    [['--version'], 0],
    [['runs', 'show', 'nope'], 1],
    [['run', 'missing.yaml'], 1],
    [['resume', 'latest'], 1],
    [['score', '--model', 'm', '--input', 'missing.jsonl'], 1],
    [['score', '--model', 'run:20260101-000000-no/policy', '--input', '/dev/null'], 1],
    [['generate', '--model', 'm'], 1],
    [['model', 'inspect', 'm'], 0],
  ])('%j: %d', async (args, expected) => {
    const { code, out, err } = await runHere(args);
    expect(code).toBe(expected);
    expect(out + err).not.toMatch(/\n {4}at |bug in Keel/);
    if (expected !== 0) expect(err).toMatch(/error: /);
  });

  test('the demo looks at --out before it trains anything', async () => {
    const taken = mkdtempSync(join(tmpdir(), 'keel-taken-'));
    writeFileSync(join(taken, 'mine.txt'), 'mine');
    const { code, err } = await runHere(['demo', '--out', taken]);
    expect([code, err]).toEqual([1, expect.stringContaining('exists and is not an empty folder')]);
  });

  test('the system check has one name, and the old one says which', async () => {
    const [now, before] = [await runHere(['system', '--json']), await runHere(['doctor', '--json'])];
    const facts = ({ out }: typeof now) => Object.keys(JSON.parse(out)).sort();
    expect(facts(now)).toContain('engine');
    expect([facts(before), before.code]).toEqual([facts(now), now.code]);
    expect([now.err, before.err]).toEqual(['', '`keel doctor` is now `keel system`.\n']);
    expect((await runHere(['--help'])).out).not.toMatch(/^ +doctor/m);
  });

  test('--json tells of a failure as an object', async () => {
    const { out } = await runHere(['runs', 'show', 'nope', '--json']);
    expect(JSON.parse(out)).toMatchObject({ type: 'error', error: { code: 'run_unknown', kind: 'expected' } });
  });
});

describe('progress', () => {
  const progress = { phase: 'training', done: 12, total: 50, unit: 'updates', rate: 1.84, secondsLeft: 20.6 };

  test.each([
    [progress, 'training 12/50 updates, 24%, 1.84 updates/s, 0:21 left'],
    [{ ...progress, rate: 0.05, secondsLeft: 4000 }, 'training 12/50 updates, 24%, 20.0 s each, 1:06:40 left'],
    [{ ...progress, total: 0, rate: null, secondsLeft: null }, 'training 12/0 updates'],
  ])('%#', (given, expected) => expect(formatProgress(given)).toBe(expected));

  test('times are hours, minutes and seconds, never below zero', () => {
    expect([0, 59.6, 3599, 86_400, -5].map(formatSeconds)).toEqual(['0:00', '1:00', '59:59', '24:00:00', '0:00']);
  });

  test('a terminal line is drawn over; elsewhere a line comes every ten seconds', () => {
    const seen: string[] = [];
    let now = 0;
    const remark = (text: string) => void seen.push(text);
    const terminal = createProgressLine({ remark, isTerminal: true }, () => now);
    terminal.show('a');
    terminal.show('a');
    terminal.remark('note');
    terminal.end();
    expect(seen.splice(0)).toEqual(['\r\u001B[2Ka', '\r\u001B[2Knote\na', '\r\u001B[2K']);
    const plain = createProgressLine({ remark, isTerminal: false }, () => now);
    for (now = 0; now < 25_000; now += 1000) plain.show(String(now));
    expect(seen).toEqual(['0\n', '10000\n', '20000\n']);
  });
});
