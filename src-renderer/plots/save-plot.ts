import type { PlotLine } from './plot-line.ts';
import { themeColor } from './theme-color.ts';

/** Saves a file through a browser download. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** `KL per response` of run `a` → `a-kl-per-response.csv`. */
export function fileName(title: string, run: string, ending: string): string {
  const plain = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return `${run}-${plain}.${ending}`.replaceAll(/-{2,}/g, '-');
}

const HEAD = 44;

/** Draws the current chart below its title and legend on the theme's surface color. */
export function drawPicture(canvas: HTMLCanvasElement, title: string, lines: readonly PlotLine[]): HTMLCanvasElement {
  const ratio = window.devicePixelRatio;
  const picture = document.createElement('canvas');
  picture.width = canvas.width;
  picture.height = canvas.height + HEAD * ratio;
  const ctx = picture.getContext('2d')!;
  ctx.fillStyle = themeColor('--surface');
  ctx.fillRect(0, 0, picture.width, picture.height);
  ctx.drawImage(canvas, 0, HEAD * ratio);
  ctx.scale(ratio, ratio);
  ctx.font = '600 13px system-ui, sans-serif';
  ctx.fillStyle = themeColor('--ink');
  ctx.fillText(title, 10, 18);
  ctx.font = '11px system-ui, sans-serif';
  let x = 10;
  for (const { label, color } of lines) {
    ctx.fillStyle = themeColor(color);
    ctx.fillRect(x, 31, 12, 3);
    ctx.fillStyle = themeColor('--ink-soft');
    ctx.fillText(label, x + 17, 36);
    x += 29 + ctx.measureText(label).width;
  }
  return picture;
}

/** Saves a chart as PNG. */
export function savePicture(name: string, picture: HTMLCanvasElement): void {
  picture.toBlob((blob) => {
    if (blob) saveFile(name, blob);
  });
}
