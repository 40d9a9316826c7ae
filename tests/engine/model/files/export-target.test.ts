import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkExportTarget, checkNewFolder } from '#engine/model/files/export-target.ts';
import { markWritten } from '#engine/model/files/written-files.ts';

let root = '';
let source = '';
let out = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keel-target-'));
  source = join(root, 'source');
  out = join(root, 'Ausfuhr 输出');
  mkdirSync(source);
});
afterEach(() => rmSync(root, { recursive: true }));

/** Code and places of what a target is refused for; null when it is taken. */
function refusal(target: string, force = true) {
  try {
    checkExportTarget([source], target, force);
    return null;
  } catch (error) {
    const { code, faults } = error as { code: string; faults?: readonly { where: string; why: string }[] };
    return faults ? [code, ...faults.map(({ where, why }) => `${where} ${why}`)] : [code];
  }
}

it('refuses the source, by any name, and folders in it or around it', () => {
  const link = join(root, 'link');
  symlinkSync(source, link);
  for (const target of [source, link, join(link, 'inner'), join(source, 'a', 'b'), root]) {
    expect(refusal(target)).toEqual(['export_target_is_source']);
  }
});

it('takes a new and an empty folder', () => {
  expect(refusal(out, false)).toBeNull();
  mkdirSync(out);
  expect([refusal(out, false), refusal(out, true)]).toEqual([null, null]);
});

it('refuses a file, a link and a dangling link, forced or not', () => {
  const [file, link, dangling, elsewhere] = ['file', 'link', 'dangling', 'elsewhere'].map((name) => join(root, name));
  writeFileSync(file!, '');
  mkdirSync(elsewhere!);
  symlinkSync(elsewhere!, link!);
  symlinkSync(join(root, 'absent'), dangling!);
  for (const force of [true, false]) {
    expect(refusal(file!, force)).toEqual(['export_target_is_file']);
    expect([refusal(link!, force), refusal(dangling!, force)]).toEqual([
      ['export_target_is_link'],
      ['export_target_is_link'],
    ]);
  }
});

it('refuses the folders that others stand in, empty or not', () => {
  for (const target of ['/', homedir(), dirname(homedir()), process.cwd(), dirname(process.cwd()), '.']) {
    const refused = expect.objectContaining({ code: 'export_target_protected' });
    expect(() => checkNewFolder(target, true)).toThrow(refused);
  }
});

it('refuses a filled folder, and with force all but what Keel wrote, with a list of what would be lost', () => {
  mkdirSync(out);
  writeFileSync(join(out, 'model.safetensors'), 'weights');
  writeFileSync(join(out, 'README.md'), 'card');
  expect(refusal(out)).toEqual([
    'export_target_foreign',
    'README.md was not written by Keel',
    'model.safetensors was not written by Keel',
  ]);
  markWritten(out);
  expect([refusal(out, false), refusal(out)]).toEqual([['export_target_exists'], null]);
  rmSync(join(out, 'model.safetensors'));
  expect(refusal(out)).toBeNull();
  writeFileSync(join(out, 'README.md'), 'dear');
  mkdirSync(join(out, 'notes'));
  writeFileSync(join(out, 'notes', 'one'), '');
  symlinkSync(join(out, 'README.md'), join(out, 'model.safetensors'));
  expect(refusal(out)).toEqual([
    'export_target_foreign',
    'README.md was changed after Keel wrote it',
    'model.safetensors was not written by Keel',
    'notes is a folder with 1 entries that Keel did not write',
  ]);
});

it('lists ten of many, and how many there are', () => {
  mkdirSync(out);
  for (let count = 10; count < 45; count += 1) writeFileSync(join(out, `file-${count}`), '');
  const [code, ...listed] = refusal(out)!;
  expect([code, listed.length, listed[0], listed.at(-1)]).toEqual([
    'export_target_foreign',
    11,
    'file-10 was not written by Keel',
    '25 more would be lost as well',
  ]);
});

it('does not trust a manifest that cannot be read', () => {
  mkdirSync(out);
  writeFileSync(join(out, 'keel-manifest.json'), '{"format": 1');
  expect(refusal(out)).toEqual(['export_target_foreign', 'keel-manifest.json was not written by Keel']);
});
