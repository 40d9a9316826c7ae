import type { StudyReport } from '#contract/api/runs/planned-studies.ts';
import { studyCsv } from '#contract/study/csv.ts';
import { studyMarkdown } from '#contract/study/markdown.ts';
import { drawStudy, pictureSize } from '#contract/study/picture.ts';
import type { MenuEntry } from '../../parts/menu-entry.ts';
import { saveFile, savePicture } from '../../plots/save-plot.ts';

/** Pixels of the picture for each of its own. */
const SCALE = 2;

function pictureOf(report: StudyReport): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const { width, height } = pictureSize(report);
  [canvas.width, canvas.height] = [SCALE * width, SCALE * height];
  drawStudy(canvas.getContext('2d')!, report, SCALE);
  return canvas;
}

/** What of a study's report can be saved, under the names that `keel study export` uses. */
export function studyFiles(report: StudyReport): readonly MenuEntry[] {
  const text = (name: string, content: string, type: string) => saveFile(name, new Blob([content], { type }));
  return [
    { label: 'Save report (Markdown)', run: () => text('report.md', studyMarkdown(report), 'text/markdown') },
    { label: 'Save picture (PNG)', run: () => savePicture('frontier.png', pictureOf(report)) },
    { label: 'Save table (CSV)', run: () => text('cells.csv', studyCsv(report), 'text/csv') },
  ];
}
