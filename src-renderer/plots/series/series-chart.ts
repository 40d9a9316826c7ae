import uPlot from 'uplot';
import type { PlotMark, PlotRange } from '../plot-line.ts';
import type { AlignedData } from './align-lines.ts';
import { axisRange, type ChartModel, chartData, type DrawnLine, shapeOf } from './chart-model.ts';
import { chartOptions } from './chart-options.ts';
import { drawEnds } from './draw-ends.ts';
import { drawMarks, marksAt } from './draw-marks.ts';
import { pageDraws } from './page-draws.ts';
import { panRange, zoomRange } from './pan-range.ts';

export interface ChartListeners {
  /** Called with a new range, or null for all; at most once per frame. */
  onRange(range: PlotRange | null): void;
  /**
   * The step under the shared cursor; `marks` is filled only for the chart under the pointer.
   * @param share cursor position between the chart's left edge (0) and right edge (1)
   * @param reach number of steps on either side that the cursor cannot distinguish
   */
  onCursor(step: number | null, marks: readonly PlotMark[], share: number, reach: number): void;
  onOpenMark(mark: PlotMark): void;
}

const WHEEL_PIXELS = 500;
/** Precision of the pointer. */
const CURSOR_PIXELS = 2;
const LEAST_REACH = 0.5;

/** A chart in an element; draws at most once per frame, regardless of the number of updates. */
export class SeriesChart {
  readonly #root: HTMLElement;
  readonly #listeners: ChartListeners;
  #model: ChartModel;
  #plot: uPlot | null = null;
  #shape = '';
  #size: { readonly width: number; readonly height: number };
  #drawn: readonly DrawnLine[] = [];
  #data: AlignedData = [new Float64Array()];
  #isStale = true;
  #marks: readonly PlotMark[] = [];
  readonly #draw = () => this.#render();

  constructor(root: HTMLElement, model: ChartModel, listeners: ChartListeners) {
    this.#root = root;
    this.#model = model;
    this.#listeners = listeners;
    // Read before any plot on the page is built: each build would force a new page layout for the next one.
    this.#size = { width: root.clientWidth || 400, height: root.clientHeight || 180 };
    pageDraws.ask(this.#draw);
  }

  get canvas(): HTMLCanvasElement | null {
    return this.#plot?.ctx.canvas ?? null;
  }

  /** Realigns the data only if something other than the range or the marks has changed. */
  update(model: ChartModel): void {
    const { range: _, marks: __, ...before } = this.#model;
    this.#isStale ||= Object.entries(before).some(([key, value]) => model[key as keyof ChartModel] !== value);
    this.#model = model;
    pageDraws.ask(this.#draw);
  }

  /** Rereads the colors, for example after a theme change. */
  redraw(): void {
    this.#plot?.redraw(false, true);
  }

  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#root;
    if (width === 0 || height === 0 || (width === this.#size.width && height === this.#size.height)) return;
    this.#size = { width, height };
    this.#plot?.setSize(this.#size);
  }

  destroy(): void {
    pageDraws.forget(this.#draw);
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** Pans by a share of the range or zooms by a factor, on keyboard or wheel input. */
  move(by: { readonly pan?: number; readonly zoom?: number }): void {
    const [all, range] = [this.#all(), this.#model.range ?? this.#all()];
    if (by.pan) this.#listeners.onRange(panRange(range, by.pan, all));
    if (by.zoom) this.#listeners.onRange(zoomRange(range, by.zoom, (range[0] + range[1]) / 2, all));
  }

  #all(): PlotRange {
    const ends = this.#model.lines.flatMap(({ points: { steps } }) =>
      steps.length > 0 ? [steps[0]!, steps.at(-1)!] : [],
    );
    return ends.length === 0 ? [0, 1] : [Math.min(0, ...ends), Math.max(this.#model.end ?? 0, ...ends)];
  }

  #render(): void {
    const shape = shapeOf(this.#model);
    if (this.#isStale) {
      const { drawn, data } = chartData(this.#model);
      [this.#drawn, this.#data] = [drawn, data];
    }
    const isNew = !this.#plot || shape !== this.#shape;
    if (isNew) this.#build(shape);
    const [min, max] = axisRange(this.#model, this.#data);
    // A batch draws immediately, within the time budget of this frame, instead of after the task.
    this.#plot?.batch(() => {
      if (this.#isStale && !isNew) this.#plot?.setData(this.#data as uPlot.AlignedData, false);
      this.#plot?.setScale('x', { min, max });
    });
    this.#isStale = false;
  }

  #build(shape: string): void {
    this.#plot?.destroy();
    this.#shape = shape;
    const options = chartOptions(this.#model, this.#drawn, this.#size, {
      onReset: () => this.#listeners.onRange(null),
      hooks: {
        draw: [
          (u) => drawMarks(u, this.#model.marks, this.#model.map),
          (u) => drawEnds(u, this.#drawn, this.#model.isStacked),
        ],
        setCursor: [(u) => this.#onCursor(u)],
        setSelect: [(u) => this.#onSelect(u)],
      },
    });
    this.#plot = new uPlot(options, this.#data as uPlot.AlignedData, this.#root);
    this.#listen(this.#plot.over);
  }

  #onCursor(u: uPlot): void {
    const { left = -1, top = -1 } = u.cursor;
    if (left < 0) {
      this.#listeners.onCursor(null, [], 0, 0);
      return;
    }
    const stepAt = (pixel: number) => this.#model.map.toStep(u.posToVal(pixel, 'x'));
    const step = Math.round(stepAt(left));
    const reach = Math.max(LEAST_REACH, (stepAt(left + CURSOR_PIXELS) - stepAt(left - CURSOR_PIXELS)) / 2);
    const isHere = u.over.matches(':hover');
    this.#marks = isHere ? marksAt(u, this.#model.marks, this.#model.map, { left, top }) : [];
    this.#listeners.onCursor(step, this.#marks, (u.over.offsetLeft + left) / this.#size.width, reach);
  }

  #onSelect(u: uPlot): void {
    const { left, width } = u.select;
    if (width < 3) return;
    const { toStep } = this.#model.map;
    const range: PlotRange = [toStep(u.posToVal(left, 'x')), toStep(u.posToVal(left + width, 'x'))];
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#listeners.onRange(range);
  }

  /** The wheel pans sideways, and zooms with Ctrl; a click on a mark opens it. */
  #listen(over: HTMLElement): void {
    over.addEventListener(
      'wheel',
      (event) => {
        const isZoom = event.ctrlKey || event.metaKey;
        const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
        if (!isZoom && Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
        event.preventDefault();
        if (isZoom) this.#zoomAt(event.offsetX / over.clientWidth, 1.0015 ** event.deltaY);
        else this.move({ pan: sideways / WHEEL_PIXELS });
      },
      { passive: false },
    );
    over.addEventListener('click', () => {
      const [mark] = this.#marks;
      if (mark) this.#listeners.onOpenMark(mark);
    });
  }

  #zoomAt(share: number, factor: number): void {
    const range = this.#model.range ?? this.#all();
    const around = range[0] + share * (range[1] - range[0]);
    this.#listeners.onRange(zoomRange(range, factor, around, this.#all()));
  }
}
