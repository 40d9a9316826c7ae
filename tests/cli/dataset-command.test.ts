import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { configCheckSchema } from '#contract/api/library/datasets.ts';
import { runCli } from '../../src-main/cli/run-cli.ts';

const MODEL = join(import.meta.dirname, '../fixtures/golden-iterations/models/neox');

/** The command line in a folder of its own, with real engines. */
function commandLine() {
  const folder = mkdtempSync(join(tmpdir(), 'keel-dataset-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const run = async (args: readonly string[]) => {
    let [out, err] = ['', ''];
    const code = await runCli(args, {
      ...{ home: join(folder, 'home'), folder, environment: process.env, isTerminal: false },
      stdio: { input: process.stdin, output: process.stdout },
      print: (line) => {
        out += `${line}\n`;
      },
      remark: (text) => {
        err += text;
      },
      onInterrupt: () => () => undefined,
    });
    return { code, out, err };
  };
  return { folder, run };
}

const rows = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    JSON.stringify({ question: `${'a bad egg '.repeat(n + 1)}:`, answer: ' cage' }),
  );

test('dataset check --config: the files of the config as its run would use them, and exit code 1 if it would not', async () => {
  const { folder, run } = commandLine();
  writeFileSync(join(folder, 'rows.jsonl'), [...rows(6), rows(1)[0]].join('\n'));
  const config = {
    ...{ recipe: 'sft', model: MODEL },
    data: { files: 'rows.jsonl', columns: { prompt: 'question', completion: 'answer' }, held_out_fraction: 0 },
  };
  writeFileSync(join(folder, 'sft.yaml'), stringify(config));
  const cut = ['--set', 'data.max_length=10', '--set', 'data.truncation_side=right', '--examples', '0'];
  const good = await run(['dataset', 'check', '--config', 'sft.yaml', ...cut]);
  expect(good).toMatchObject({
    code: 0,
    out: expect.stringContaining('With this config, a run would use:\ndata: 7 rows read: '),
  });
  expect(good.out).toContain('Line 7 (repeats 1) of rows.jsonl.');
  const args = ['dataset', 'check', 'rows.jsonl', '--config', 'sft.yaml', '--json', '--set', 'data.max_length=2'];
  const none = await run([...args, '--set', 'data.truncation_side=right']);
  expect(none.code).toBe(1);
  const { problem, reports } = configCheckSchema.parse(JSON.parse(none.out));
  expect([problem?.code, reports.map(({ tokens }) => tokens?.maxLength)]).toEqual(['dataset.nothing_to_train', [2]]);
});

test('dataset check FILE exits with 1 if no row can be used, and does not advise itself', async () => {
  const { folder, run } = commandLine();
  writeFileSync(join(folder, 'empty.jsonl'), '{"prompt":"","completion":"a"}\n{"prompt":"","completion":"b"}\n');
  const { code, out, err } = await run(['dataset', 'check', 'empty.jsonl']);
  expect([code, out]).toEqual([1, expect.stringContaining('error: None of the rows can be used.')]);
  expect(out + err).not.toContain('keel dataset check');
});

test('flags that the config decides, and a missing file, are misuse', async () => {
  const { run } = commandLine();
  expect((await run(['dataset', 'check'])).code).toBe(2);
  expect((await run(['dataset', 'check', '--config', 'a.yaml', '--max-length', '4'])).code).toBe(2);
});
