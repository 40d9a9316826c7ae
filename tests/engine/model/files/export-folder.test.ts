import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeExport } from '#engine/model/files/export-folder.ts';
import { markUnfinished } from '#engine/model/files/written-files.ts';

let root = '';
let out = '';
let beside = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keel-export-'));
  out = join(root, 'Ausfuhr 输出');
  beside = join(root, '.Ausfuhr 输出');
});
afterEach(() => rmSync(root, { recursive: true }));

const fill = (text: string) => (folder: string) => writeFileSync(join(folder, 'a'), text);
const namesIn = (folder: string) => readdirSync(folder).toSorted();
const content = (name = 'a') => readFileSync(join(out, name), 'utf8');

it('names every file of what it writes with its hash, the same for the same files', async () => {
  await writeExport(out, false, fill('abc'));
  const first = content('keel-manifest.json');
  // The vector of FIPS 180-2 for "abc".
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(JSON.parse(first)).toEqual({ format: 1, files: { a: { sha256, bytes: 3 } } });
  await writeExport(out, true, fill('abc'));
  expect(content('keel-manifest.json')).toBe(first);
});

it('replaces what it wrote before and leaves nothing beside it', async () => {
  await writeExport(out, false, fill('1'));
  await writeExport(out, true, fill('2'));
  expect([content(), namesIn(out), namesIn(root)]).toEqual(['2', ['a', 'keel-manifest.json'], ['Ausfuhr 输出']]);
});

it('writes nothing over a folder that is filled, or with force one that a person has changed', async () => {
  await writeExport(out, false, fill('1'));
  await expect(writeExport(out, false, fill('2'))).rejects.toMatchObject({ code: 'export_target_exists' });
  writeFileSync(join(out, 'notes.txt'), 'mine');
  await expect(writeExport(out, true, fill('2'))).rejects.toMatchObject({
    code: 'export_target_foreign',
    faults: [{ where: 'notes.txt' }],
  });
  expect([content(), content('notes.txt'), namesIn(root)]).toEqual(['1', 'mine', ['Ausfuhr 输出']]);
});

it('notices what came into the folder while it wrote, and puts it back', async () => {
  await writeExport(out, false, fill('1'));
  const writing = writeExport(out, true, (folder) => {
    fill('2')(folder);
    writeFileSync(join(out, 'late.txt'), 'mine');
  });
  await expect(writing).rejects.toMatchObject({ code: 'export_target_foreign', why: expect.stringContaining(out) });
  expect([content(), content('late.txt'), namesIn(root)]).toEqual(['1', 'mine', ['Ausfuhr 输出']]);
});

it('notices a folder that came while it wrote', async () => {
  const writing = writeExport(out, false, () => {
    mkdirSync(out);
    writeFileSync(join(out, 'late.txt'), 'mine');
  });
  await expect(writing).rejects.toMatchObject({ code: 'export_target_exists' });
  expect([content('late.txt'), namesIn(root)]).toEqual(['mine', ['Ausfuhr 输出']]);
});

it('keeps what was there when the writing fails', async () => {
  await writeExport(out, false, fill('1'));
  const failing = writeExport(out, true, (folder) => {
    fill('2')(folder);
    throw new Error('canceled midway');
  });
  await expect(failing).rejects.toThrow('canceled midway');
  expect([content(), namesIn(root)]).toEqual(['1', ['Ausfuhr 输出']]);
});

it('puts right what a killed process left: the old folder back, the half-written one gone', async () => {
  await writeExport(`${out}-old`, false, fill('1'));
  mkdirSync(`${beside}.partial`);
  markUnfinished(`${beside}.partial`);
  fill('2')(`${beside}.partial`);
  renameSync(`${out}-old`, `${beside}.replaced`);
  const failing = writeExport(out, true, () => {
    throw new Error('once more');
  });
  await expect(failing).rejects.toThrow('once more');
  expect([content(), namesIn(root)]).toEqual(['1', ['Ausfuhr 输出']]);
});

it('leaves folders beside the target alone that only look like its own', async () => {
  for (const end of ['partial', 'replaced']) {
    mkdirSync(`${beside}.${end}`);
    writeFileSync(join(`${beside}.${end}`, 'mine.txt'), 'mine');
  }
  await writeExport(out, false, fill('1'));
  await writeExport(out, true, fill('2'));
  expect([content(), namesIn(root).length]).toEqual(['2', 3]);
  for (const end of ['partial', 'replaced']) {
    expect(readFileSync(join(`${beside}.${end}`, 'mine.txt'), 'utf8')).toBe('mine');
  }
});

it('says why a folder cannot be written', async () => {
  const tooLong = join(root, 'x'.repeat(300));
  await expect(writeExport(tooLong, false, fill('1'))).rejects.toMatchObject({
    code: 'export_not_written',
    why: expect.stringContaining('ENAMETOOLONG'),
  });
  const file = join(root, 'file');
  writeFileSync(file, '');
  await expect(writeExport(join(file, 'out'), false, fill('1'))).rejects.toMatchObject({ code: 'export_not_written' });
});
