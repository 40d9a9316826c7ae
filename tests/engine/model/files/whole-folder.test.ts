import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWholeFolder } from '#engine/model/files/whole-folder.ts';

let root = '';
let out = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keel-whole-'));
  out = join(root, 'Ausfuhr 输出');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('writeWholeFolder', () => {
  const fill = (text: string) => (folder: string) => writeFileSync(join(folder, 'a'), text);

  it('replaces what was there and leaves nothing beside it', async () => {
    await writeWholeFolder(out, fill('1'));
    writeFileSync(join(out, 'old'), '');
    await writeWholeFolder(out, fill('2'));
    expect(readdirSync(out)).toEqual(['a']);
    expect(readFileSync(join(out, 'a'), 'utf8')).toBe('2');
    expect(readdirSync(root).toSorted()).toEqual(['Ausfuhr 输出']);
  });

  it('keeps what was there when the writing fails', async () => {
    await writeWholeFolder(out, fill('1'));
    const failing = writeWholeFolder(out, (folder) => {
      fill('2')(folder);
      throw new Error('canceled midway');
    });
    await expect(failing).rejects.toThrow('canceled midway');
    expect(readFileSync(join(out, 'a'), 'utf8')).toBe('1');
    expect(readdirSync(root).toSorted()).toEqual(['Ausfuhr 输出']);
  });

  it('puts right what a killed process left: the old folder back, the half-written one gone', async () => {
    const beside = join(root, '.Ausfuhr 输出');
    mkdirSync(`${beside}.partial`);
    mkdirSync(`${beside}.replaced`);
    writeFileSync(join(`${beside}.replaced`, 'a'), '1');
    const failing = writeWholeFolder(out, () => {
      throw new Error('once more');
    });
    await expect(failing).rejects.toThrow('once more');
    expect(readFileSync(join(out, 'a'), 'utf8')).toBe('1');
    expect(readdirSync(root).toSorted()).toEqual(['Ausfuhr 输出']);
  });

  it('leaves an error that is not about the target as it is', async () => {
    const reading = writeWholeFolder(out, () => {
      readFileSync('/proc/absent/source');
    });
    await expect(reading).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says why a folder cannot be written', async () => {
    const tooLong = join(root, 'x'.repeat(300));
    await expect(writeWholeFolder(tooLong, fill('1'))).rejects.toMatchObject({
      code: 'export_not_written',
      why: expect.stringContaining('ENAMETOOLONG'),
    });
    const file = join(root, 'file');
    writeFileSync(file, '');
    await expect(writeWholeFolder(join(file, 'out'), fill('1'))).rejects.toMatchObject({ code: 'export_not_written' });
  });
});
