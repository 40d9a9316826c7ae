import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fromTypedError } from '#contract/api/typed-client.ts';
import { forgetDatasets } from '../../src-main/library/dataset-library.ts';
import { libraryHost, resultOf } from './library-host.ts';

const DAY = 24 * 3600 * 1000;
const MODEL = join(import.meta.dirname, '../../resources/starter/policy');
const VIEW = { model: null, maxLength: null, truncationSide: 'left', trainOn: null } as const;
const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const PAIRS = [
  { asked: 'How are you?', replied: 'Well.' },
  { asked: 'And now?', replied: '' },
  { asked: 'Why?', replied: 'So.' },
];

function withFile(rows: readonly unknown[] = PAIRS) {
  const host = libraryHost();
  const path = join(host.home, 'mine.jsonl');
  writeFileSync(path, lines(rows));
  const add = (copy = false) => resultOf(host.client.datasets.add({ folder: host.home, path: 'mine.jsonl', copy }));
  return { ...host, path, add };
}

const code = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error) => (fromTypedError(error) as { code: string }).code,
  );

test.each([
  ['pairs.feather', 'pairs'],
  ['talks.tsv.zst', 'talks'],
  ['train.arrow', 'train'],
  ['v1.2.json.gz', 'v1.2'],
])('%s is called %s', async (path, name) => {
  const { client, home } = libraryHost();
  writeFileSync(join(home, path), 'any content');
  expect(await resultOf(client.datasets.add({ folder: home, path, copy: false }))).toMatchObject({ name });
});

test('new content at the same path is a new version, old content again is the old one', async () => {
  const { client, path, add } = withFile();
  const first = await add();
  expect(first).toMatchObject({ name: 'mine', path, state: 'ready', isCopy: false, versions: [{ number: 1 }] });
  const before = readFileSync(path);
  writeFileSync(path, lines(PAIRS.slice(1)));
  expect((await client.datasets.get({ dataset: first.id })).state).toBe('changed');
  const second = await add();
  expect(second.id).toBe(first.id);
  expect(second.versions.map(({ number }) => number)).toEqual([2, 1]);
  writeFileSync(path, before);
  const third = await add();
  expect(third.versions.map(({ number }) => number).toSorted()).toEqual([1, 2]);
  expect(third.state).toBe('ready');
  rmSync(path);
  expect((await client.datasets.list({})).map(({ state }) => state)).toEqual(['missing']);
});

test('a copy keeps its content whatever happens to the original', async () => {
  const { client, home, path, add } = withFile();
  const copy = await add(true);
  expect(copy).toMatchObject({ isCopy: true, source: path, state: 'ready' });
  expect(copy.path.startsWith(join(home, 'datasets'))).toBe(true);
  rmSync(path);
  expect(readFileSync(copy.path, 'utf8')).toBe(lines(PAIRS));
  expect((await client.datasets.get({ dataset: copy.id })).state).toBe('ready');
});

test('what is no file is not added, and nothing is left behind', async () => {
  const { client, home } = libraryHost();
  const add = (path: string) => resultOf(client.datasets.add({ folder: home, path, copy: true }));
  expect(await code(add('absent.jsonl'))).toBe('dataset.missing_file');
  expect(await code(add('.'))).toBe('dataset.missing_file');
  expect(await client.datasets.list({})).toEqual([]);
  expect(existsSync(join(home, 'datasets')) ? readdirSync(join(home, 'datasets')) : []).toEqual([]);
  expect(await code(client.datasets.get({ dataset: 7 }))).toBe('dataset_unknown');
});

test('a removed dataset can be brought back for a day; then its copy goes, and never the original', async () => {
  const { client, setup, path, add, wait } = withFile();
  const copy = await add(true);
  const linked = await add();
  for (const { id } of [copy, linked]) await client.datasets.remove({ dataset: id });
  expect(await client.datasets.list({})).toEqual([]);
  expect(await client.datasets.restore({ dataset: copy.id })).toMatchObject({ removedAt: null, state: 'ready' });
  await client.datasets.remove({ dataset: copy.id });
  forgetDatasets(setup);
  expect(existsSync(copy.path)).toBe(true);
  wait(DAY + 1000);
  forgetDatasets(setup);
  expect(existsSync(copy.path)).toBe(false);
  expect(existsSync(path)).toBe(true);
  expect(await code(client.datasets.restore({ dataset: copy.id }))).toBe('dataset_unknown');
});

test('columns of another name are mapped, checked again, and each report is kept', async () => {
  const { client, path, add, spawned } = withFile();
  const { id: dataset } = await add();
  const report = (model: string | null = null) =>
    resultOf(client.datasets.report({ dataset, view: { ...VIEW, model } }));
  expect(await code(report())).toBe('dataset.unknown_columns');
  const page = await resultOf(client.datasets.rows({ dataset, view: VIEW, from: { index: 0 } }));
  expect(page).toMatchObject({
    columns: ['asked', 'replied'],
    format: null,
    problem: { code: 'dataset.unknown_columns' },
  });
  await client.datasets.map({ dataset, columns: { prompt: 'asked', completion: 'replied' } });
  const first = await report();
  expect(first).toMatchObject({ version: 1, wasKept: false, report: { rows: { good: 2, bad: 1 }, tokens: null } });
  const before = spawned();
  expect(await report()).toMatchObject({
    wasKept: true,
    madeAt: first.madeAt,
    report: { contentHash: first.report.contentHash },
  });
  expect(spawned()).toBe(before);
  expect(await report(MODEL)).toMatchObject({ wasKept: false, report: { tokens: { rows: 2 } } });
  writeFileSync(path, lines(PAIRS.slice(2)));
  expect(await report()).toMatchObject({ version: 2, wasKept: false, report: { rows: { good: 1, bad: 0 } } });
});

test('any row shows with its tokens and what the loss counts, by index and by line', async () => {
  const { client, add } = withFile(PAIRS.map(({ asked, replied }) => ({ prompt: asked, completion: replied })));
  const { id: dataset } = await add();
  const view = { ...VIEW, model: MODEL };
  const rows = (from: { index: number } | { line: number }, count = 1) =>
    resultOf(client.datasets.rows({ dataset, view, from, count }));
  const first = await rows({ index: 0 });
  expect(first).toMatchObject({ isLast: false, problem: null, rows: [{ index: 0, line: 1, fault: null }] });
  const { tokens } = first.rows[0]!.tokens[0]!;
  const textOf = (trained: boolean) =>
    tokens
      .filter((token) => token.trained === trained)
      .map(({ text }) => text)
      .join('');
  expect(textOf(false)).toBe('How are you?');
  expect(textOf(true).startsWith('Well.')).toBe(true);
  expect((await rows({ line: 2 })).rows).toMatchObject([
    { index: 1, line: 2, fault: { reason: 'empty_completion' }, tokens: [] },
  ]);
  expect(await rows({ index: 1 }, 10)).toMatchObject({ isLast: true, rows: [{ line: 2 }, { line: 3 }] });
  expect(await rows({ index: 99 })).toMatchObject({ isLast: true, rows: [] });
});

const change = (changes: object) => ({ edits: [], excluded: [], excludesUnusable: false, ...changes });

test('rows that are changed or left out make a new version; the file and its version stay', async () => {
  const rows = [
    { prompt: 'a', completion: 'one', __proto__x: 1.5, tags: ['x', 2] },
    { prompt: 'b', completion: '' },
    { prompt: 'c', completion: 'three \u2028 "quoted"' },
  ];
  const { client, home, path, add } = withFile(rows);
  const { id: dataset } = await add();
  const before = readFileSync(path, 'utf8');
  const edits = [{ index: 0, fields: { completion: 'ONE\nmore', tags: '["y"]' } }];
  const made = await resultOf(
    client.datasets.change({ dataset, version: 1, changes: change({ edits, excluded: [1] }) }),
  );
  expect(made).toMatchObject({ version: 2, rows: 2, excluded: 1, edited: 1 });
  expect(made.dataset).toMatchObject({ state: 'ready', source: path, versions: [{ number: 2 }, { number: 1 }] });
  expect(made.dataset.path.startsWith(join(home, 'datasets'))).toBe(true);
  // What Python's json reads back is what JSON.parse reads back: the first row with the new texts, and the third.
  const written = readFileSync(made.dataset.path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(written).toEqual([{ ...rows[0], completion: 'ONE\nmore', tags: ['y'] }, rows[2]]);
  expect(readFileSync(path, 'utf8')).toBe(before);

  // Rows are counted in the version that was shown: an older one is refused, and nothing is left behind.
  expect(
    await code(resultOf(client.datasets.change({ dataset, version: 1, changes: change({ excluded: [0] }) }))),
  ).toBe('dataset.changed');
  const back = await resultOf(client.datasets.useVersion({ dataset, version: 1 }));
  expect(back).toMatchObject({ path, state: 'ready', versions: [{ number: 1 }, { number: 2 }] });
  expect(await code(resultOf(client.datasets.useVersion({ dataset, version: 9 })))).toBe('dataset_version_unknown');
  writeFileSync(made.dataset.path, 'other');
  expect(await code(resultOf(client.datasets.useVersion({ dataset, version: 2 })))).toBe('dataset.changed');
  expect(readdirSync(join(home, 'datasets')).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('every unusable row can be left out at once; what cannot be copied is refused by its line', async () => {
  const { client, path, add } = withFile();
  writeFileSync(path, '{"prompt": "a", "completion": "one"}\n{"prompt": "b"\n{"prompt": "c", "completion": ""}\n');
  const { id: dataset } = await add();
  const of = (changes: object) => resultOf(client.datasets.change({ dataset, version: 1, changes: change(changes) }));
  expect(await code(of({ excluded: [2] }))).toBe('dataset.unreadable_row');
  expect(await code(of({ edits: [{ index: 0, fields: { absent: 'x' } }], excluded: [1] }))).toBe('dataset.bad_edit');
  expect(await code(of({ excluded: [0, 1, 2] }))).toBe('dataset.nothing_left');
  expect(await code(of({ excluded: [1, 7] }))).toBe('dataset.bad_edit');
  expect(await client.datasets.get({ dataset })).toMatchObject({ path, versions: [{ number: 1 }] });
  // An edited row is wanted, whatever it was before.
  const edits = [{ index: 2, fields: { completion: 'three' } }];
  const made = await of({ excludesUnusable: true, edits });
  expect(made).toMatchObject({ rows: 2, excluded: 1 });
  expect(readFileSync(made.dataset.path, 'utf8')).toBe(
    '{"prompt": "a", "completion": "one"}\n{"prompt": "c", "completion": "three"}\n',
  );
});

test('changed versions of a removed dataset go after a day, the file of a person never does', async () => {
  const { client, setup, path, add, wait } = withFile();
  const { id: dataset } = await add();
  const changed = await resultOf(client.datasets.change({ dataset, version: 1, changes: change({ excluded: [1] }) }));
  await client.datasets.remove({ dataset });
  wait(DAY + 1000);
  forgetDatasets(setup);
  expect([existsSync(changed.dataset.path), existsSync(path)]).toEqual([false, true]);
});
