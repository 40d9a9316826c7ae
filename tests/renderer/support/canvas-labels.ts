import { readFileSync } from 'node:fs';
import type { BrowserContext, Locator } from 'playwright-core';

/** A text on a canvas, in pixels of the window. */
interface CanvasLabel {
  readonly text: string;
  readonly color: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const SCRIPT = readFileSync(new URL('./note-canvas-labels.mjs', import.meta.url), 'utf8');

/** From the next document on, pages note what they write on canvases. */
export function noteCanvasLabels(context: BrowserContext): Promise<unknown> {
  return context.addInitScript(SCRIPT);
}

/** What stands on a canvas: ticks, names of axes, and values at the ends of lines. */
export function labelsOf(canvas: Locator): Promise<readonly CanvasLabel[]> {
  return canvas.evaluate((element) => {
    const { canvasLabels } = globalThis as unknown as { canvasLabels: (of: unknown) => readonly CanvasLabel[] };
    return canvasLabels(element);
  });
}
