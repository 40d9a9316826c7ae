import type { FrontierBand, StudyReport } from '../api/runs/planned-studies.ts';
import type { ReadCell } from '../api/runs/study-reading.ts';
import { type Extent, extentOf, niceTicks, placeOn } from '../axis.ts';
import { findRecipe } from '../config/recipes.ts';
import { formatDigits } from '../format.ts';
import { dashesOf } from './dashes.ts';
import { shownBounds } from './extent.ts';

/** What a canvas has for drawing, in a page and outside of one. */
export interface Pen {
  fillStyle: unknown;
  strokeStyle: unknown;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: unknown;
  beginPath(): void;
  closePath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  rect(x: number, y: number, width: number, height: number): void;
  clip(): void;
  stroke(): void;
  fill(): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  fillText(text: string, x: number, y: number, most?: number): void;
  setLineDash(lengths: number[]): void;
  save(): void;
  restore(): void;
  scale(x: number, y: number): void;
  translate(x: number, y: number): void;
  rotate(angle: number): void;
}

type Pictured = Pick<StudyReport, 'frontier' | 'by' | 'matched' | 'within' | 'bestOf'> & {
  readonly planned: { readonly study: { readonly name: string } };
};

const WIDTH = 1080;
const HEIGHT = 440;
const PLOT = { left: 64, right: 540, top: 44, bottom: 388 } as const;
/** Columns of the list beside the plot: line, name, and interval at the KL of the comparison. */
const LIST = { left: 566, name: 598, bar: 850, right: 1060, top: 64, row: 22 } as const;
const INK = '#222222';
const SOFT = '#5a6066';
const GRID = '#dddddd';
const OTHER_COLOR = '#5a6066';
const FONT = '12px sans-serif';

/** Pixels of the picture, before any scale. */
export function pictureSize({ frontier }: Pick<StudyReport, 'frontier'>): {
  readonly width: number;
  readonly height: number;
} {
  return { width: WIDTH, height: Math.max(HEIGHT, LIST.top + LIST.row * frontier.length + 60) };
}

interface Look {
  readonly color: string;
  readonly dash: readonly number[];
}

function lookOf(frontier: readonly FrontierBand[], at: number): Look {
  return { color: findRecipe(frontier[at]!.recipe)?.color.light ?? OTHER_COLOR, dash: dashesOf(frontier, at) };
}

type Place = (value: number) => number;

interface Words {
  readonly align?: 'start' | 'center' | 'end';
  readonly color?: string;
  readonly font?: string;
  readonly most?: number;
}

function write(pen: Pen, text: string, x: number, y: number, words: Words = {}): void {
  pen.font = words.font ?? FONT;
  pen.textAlign = words.align ?? 'start';
  pen.fillStyle = words.color ?? INK;
  pen.fillText(text, x, y, words.most);
}

function line(pen: Pen, points: readonly (readonly [number, number])[], look: Look, width = 2): void {
  pen.strokeStyle = look.color;
  pen.lineWidth = width;
  pen.setLineDash([...look.dash]);
  pen.beginPath();
  for (const [at, [x, y]] of points.entries()) at === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y);
  pen.stroke();
  pen.setLineDash([]);
}

/** A line between two points. */
function segment(
  pen: Pen,
  from: readonly [number, number],
  to: readonly [number, number],
  look: Look,
  width = 2,
): void {
  line(pen, [from, to], look, width);
}

/** Best of n, whose KL is a bound. */
const CHOICE: Look = { color: '#80868b', dash: [2, 3] };
const SOLID = (color: string): Look => ({ color, dash: [] });

function axes(pen: Pen, xs: Extent, ys: Extent, x: Place, y: Place, title: string): void {
  for (const value of niceTicks(ys)) {
    segment(pen, [PLOT.left, y(value)], [PLOT.right, y(value)], SOLID(GRID), 1);
    write(pen, formatDigits(value, 3), PLOT.left - 8, y(value) + 4, { align: 'end' });
  }
  for (const kl of niceTicks(xs)) write(pen, formatDigits(kl, 3), x(kl), PLOT.bottom + 18, { align: 'center' });
  const middle = (PLOT.left + PLOT.right) / 2;
  write(pen, 'KL to the starting policy, nats per response', middle, PLOT.bottom + 38, { align: 'center' });
  pen.save();
  pen.translate(16, (PLOT.top + PLOT.bottom) / 2);
  pen.rotate(-Math.PI / 2);
  write(pen, title, 0, 0, { align: 'center' });
  pen.restore();
}

function band(pen: Pen, { points }: FrontierBand, look: Look, x: Place, y: Place): void {
  const known = points.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high));
  const upper = known.map(({ kl, high }) => [x(kl), y(high)] as const);
  const lower = known.toReversed().map(({ kl, low }) => [x(kl), y(low)] as const);
  pen.beginPath();
  for (const [at, [px, py]] of [...upper, ...lower].entries()) at === 0 ? pen.moveTo(px, py) : pen.lineTo(px, py);
  pen.closePath();
  pen.globalAlpha = 0.12;
  pen.fillStyle = look.color;
  pen.fill();
  pen.globalAlpha = 1;
}

function plot(pen: Pen, report: Pictured, xs: Extent, ys: Extent): void {
  const [x, y] = [placeOn(xs, PLOT.left, PLOT.right), placeOn(ys, PLOT.bottom, PLOT.top)];
  axes(pen, xs, ys, x, y, `Gain in ${report.by === 'judge' ? 'judge' : 'held-out reward'} over the start`);
  pen.save();
  pen.beginPath();
  pen.rect(PLOT.left, PLOT.top, PLOT.right - PLOT.left, PLOT.bottom - PLOT.top);
  pen.clip();
  const looked = report.frontier.map((each, at) => ({ each, look: lookOf(report.frontier, at) }));
  const best = new Set(report.within?.best.map(({ group }) => group));
  for (const { each, look } of looked) if (best.has(each.group)) band(pen, each, look, x, y);
  const curve = (points: readonly { readonly kl: number; readonly mean: number }[], look: Look, width?: number) => {
    const places = points.map(({ kl, mean }) => [x(kl), y(mean)] as const);
    line(pen, places, look, width);
  };
  for (const { each, look } of looked) curve(each.points, look);
  curve(report.bestOf?.points ?? [], CHOICE, 1.5);
  const kl = report.matched?.kl ?? null;
  if (kl !== null) segment(pen, [x(kl), PLOT.top], [x(kl), PLOT.bottom], { color: SOFT, dash: [4, 3] }, 1);
  pen.restore();
}

/** The interval of a configuration, as a bar with its mean. */
function bar(pen: Pen, cell: ReadCell | undefined, look: Look, y: number, bounds: Extent): void {
  const value = cell?.gain;
  if (!value || !Number.isFinite(value.mean)) {
    write(pen, 'not reached', LIST.bar, y + 4, { color: SOFT });
    return;
  }
  const x = placeOn(bounds, LIST.bar, LIST.right);
  const [low, high] = [value.low, value.high].map(x);
  if (Number.isFinite(low) && Number.isFinite(high)) segment(pen, [low!, y], [high!, y], SOLID(look.color), 2);
  pen.fillStyle = look.color;
  pen.fillRect(x(value.mean) - 3, y - 3, 6, 6);
}

function list(pen: Pen, { frontier, matched, bestOf }: Pictured): void {
  const cells = new Map(matched?.cells.map((cell) => [cell.group, cell]));
  const values = [...cells.values()].flatMap(({ gain }) => (gain ? [gain.mean, gain.low, gain.high] : []));
  const bounds = values.some(Number.isFinite) ? extentOf(values) : null;
  if (matched?.kl && bounds) {
    write(pen, `Gain at KL ${formatDigits(matched.kl, 3)}, 95%`, LIST.bar, LIST.top - 20, { color: SOFT });
  }
  for (const [at, { name, group }] of frontier.entries()) {
    const [y, look] = [LIST.top + LIST.row * at, lookOf(frontier, at)];
    segment(pen, [LIST.left, y], [LIST.left + 24, y], look);
    write(pen, name, LIST.name, y + 4, { most: LIST.bar - LIST.name - 12 });
    if (bounds) bar(pen, cells.get(group), look, y, bounds);
  }
  const end = LIST.top + LIST.row * frontier.length;
  if (bestOf) {
    segment(pen, [LIST.left, end + 24], [LIST.left + 24, end + 24], CHOICE, 1.5);
    write(pen, 'Best of n, at the most KL it can have', LIST.name, end + 28, { most: LIST.bar - LIST.name - 12 });
  }
  if (!bounds) return;
  const [low, high] = bounds;
  write(pen, formatDigits(low, 3), LIST.bar, end + 8, { color: SOFT });
  write(pen, formatDigits(high, 3), LIST.right, end + 8, { color: SOFT, align: 'end' });
}

/**
 * Draws a study's result: the gain of each configuration over the start along the KL, with 95% intervals of the best one of
 * each method, and beside it the intervals of all at the KL where they are compared. Intervals that would hide everything
 * else are cut at the edge.
 */
export function drawStudy(pen: Pen, report: Pictured, scale = 1): void {
  const { width, height } = pictureSize(report);
  pen.scale(scale, scale);
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, width, height);
  write(pen, report.planned.study.name, PLOT.left, 24, { font: '600 15px sans-serif', most: width - 2 * PLOT.left });
  const points = report.frontier.flatMap((each) => each.points);
  const ys = shownBounds(points);
  if (!ys) {
    write(pen, 'No run has been evaluated yet.', PLOT.left, 60);
    return;
  }
  plot(pen, report, [0, Math.max(...points.map(({ kl }) => kl), 1e-9)], ys);
  list(pen, report);
}
