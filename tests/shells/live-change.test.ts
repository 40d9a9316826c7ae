import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../../src-main/cli/run-cli.ts';
import { FAKE_ENGINE } from '../runs/fake-engine-path.ts';
import { APA_CONFIG, BAD_CHANGES } from '../support/bad-changes.ts';
import { keel, workplace } from './keel-process.ts';

test('runs set and rollback --set refuse bad values on the terminal; the record stays', {
  timeout: 300_000,
}, async () => {
  const place = workplace();
  writeFileSync(join(place.folder, 'apa.yaml'), APA_CONFIG);
  const working = keel(place, ['run', 'apa.yaml'], { steps: 100_000, stepMilliseconds: 20, checkpointEvery: 1 });
  onTestFinished(async () => {
    working.child.kill('SIGKILL');
    await working.ended;
  });

  async function here(...args: readonly string[]) {
    let [out, err] = ['', ''];
    const code = await runCli(args, {
      ...place,
      environment: process.env,
      engineEntry: FAKE_ENGINE,
      print: (line) => {
        out += line;
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
  const shown = async () => JSON.parse((await here('runs', 'show', 'latest', '--json')).out);

  await expect
    .poll(async () => (await here('runs', 'show', 'latest', '--json')).out, { timeout: 30_000 })
    .toMatch(/"lastStep": \d/);
  for (const [path, value, says] of BAD_CHANGES) {
    const set = await here('runs', 'set', 'latest', path, '--', String(value));
    const back = await here('runs', 'rollback', 'latest', '--step', '0', '--set', `${path}=${value}`);
    expect([set.code, back.code]).toEqual([1, 1]);
    expect(set.err).toMatch(says);
    expect(back.err).toMatch(says);
  }
  for (const text of [
    'method.apa_lambda',
    'method.apa_lambda=',
    '=1',
    'method.apa_lambda=1=2',
    'method.apa_lambda=x',
  ]) {
    expect((await here('runs', 'rollback', 'latest', '--set', text)).code).toBe(2);
  }
  expect(await shown()).toMatchObject({ state: 'running', changes: [], attempts: { length: 1 } });
  expect((await here('runs', 'set', 'latest', 'method.apa_lambda', '2')).code).toBe(0);
  await expect.poll(async () => (await shown()).changes).toMatchObject([{ path: 'method.apa_lambda', value: 2 }]);
});
