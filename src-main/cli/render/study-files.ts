import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StudyReport } from '#contract/api/runs/planned-studies.ts';
import { KeelError } from '#contract/errors.ts';
import { studyCsv } from '#contract/study/csv.ts';
import { studyMarkdown } from '#contract/study/markdown.ts';
import { drawStudy, pictureSize } from '#contract/study/picture.ts';

/** Pixels of the picture for each of its own. */
const SCALE = 2;

interface StudyPicture {
  readonly png: Uint8Array;
  /** Whether the machine has a font; without one, a picture has no words. */
  readonly hasWords: boolean;
}

/** The picture of a study as a PNG. The library that draws it is loaded only here, because it takes a while. */
async function studyPng(report: StudyReport): Promise<StudyPicture> {
  const { createCanvas, GlobalFonts } = await import('@napi-rs/canvas');
  const { width, height } = pictureSize(report);
  const canvas = createCanvas(SCALE * width, SCALE * height);
  drawStudy(canvas.getContext('2d'), report, SCALE);
  return { png: await canvas.encode('png'), hasWords: GlobalFonts.families.length > 0 };
}

export interface StudyFiles {
  readonly paths: readonly string[];
  /** Whether the picture has words. */
  readonly hasWords: boolean;
}

/** Writes a study's report as Markdown, table, and picture. Throws `output_exists`, and writes nothing then. */
export async function writeStudyFiles(folder: string, report: StudyReport): Promise<StudyFiles> {
  const { png, hasWords } = await studyPng(report);
  const files = [
    ['report.md', studyMarkdown(report)],
    ['cells.csv', studyCsv(report)],
    ['frontier.png', png],
  ] as const;
  const taken = files.map(([name]) => join(folder, name)).find((path) => existsSync(path));
  if (taken)
    throw new KeelError({ code: 'output_exists', why: `${taken} already exists.`, fix: 'Choose another folder.' });
  mkdirSync(folder, { recursive: true });
  const paths = files.map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content, { flag: 'wx' });
    return path;
  });
  return { paths, hasWords };
}
