import type { FrontierBand, StudyReport } from '../api/runs/planned-studies.ts';
import { formatDigits } from '../format.ts';

const WIDTH = 860;
const HEIGHT = 420;
const PLOT = { left: 64, right: 560, top: 24, bottom: 372 } as const;

/** Eight colors that people with color blindness can tell apart. Source: M. Okabe and K. Ito, Color Universal Design, 2008. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#8a7a00'] as const;
const DASHES = ['', '6 4', '2 3', '10 3 2 3'] as const;

interface Scale {
  readonly x: (kl: number) => number;
  readonly y: (value: number) => number;
  readonly ticks: { readonly kl: readonly number[]; readonly value: readonly number[] };
}

const fixed = (value: number) => value.toFixed(1);

/** Five ticks from the least to the greatest. */
const ticksOf = (low: number, high: number) => Array.from({ length: 5 }, (_, at) => low + ((high - low) * at) / 4);

function scaleOf(bands: readonly FrontierBand[]): Scale | null {
  const points = bands.flatMap((band) => band.points);
  if (points.length === 0) return null;
  const bounds = points.flatMap(({ mean, low, high }) => [mean, low, high].filter(Number.isFinite));
  const [low, high, far] = [Math.min(...bounds), Math.max(...bounds), Math.max(...points.map(({ kl }) => kl), 1e-9)];
  const room = Math.max((high - low) * 0.05, 1e-9);
  const [bottom, top] = [low - room, high + room];
  return {
    x: (kl) => PLOT.left + ((PLOT.right - PLOT.left) * kl) / far,
    y: (value) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * (value - bottom)) / (top - bottom),
    ticks: { kl: ticksOf(0, far), value: ticksOf(bottom, top) },
  };
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function axes({ x, y, ticks }: Scale, title: string): readonly string[] {
  return [
    ...ticks.value.map(
      (value) =>
        `<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${fixed(y(value))}" y2="${fixed(y(value))}"/>`,
    ),
    ...ticks.value.map(
      (value) =>
        `<text text-anchor="end" x="${PLOT.left - 8}" y="${fixed(y(value) + 4)}">${formatDigits(value, 3)}</text>`,
    ),
    ...ticks.kl.map(
      (kl) => `<text text-anchor="middle" x="${fixed(x(kl))}" y="${PLOT.bottom + 18}">${formatDigits(kl, 3)}</text>`,
    ),
    `<text text-anchor="middle" x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 38}">KL to the starting policy, nats per response</text>`,
    `<text text-anchor="middle" transform="rotate(-90 16 ${(PLOT.top + PLOT.bottom) / 2})" x="16" y="${(PLOT.top + PLOT.bottom) / 2}">${title}</text>`,
  ];
}

function bandPath({ points }: FrontierBand, { x, y }: Scale): string {
  const known = points.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high));
  const upper = known.map(({ kl, high }) => `${fixed(x(kl))},${fixed(y(high))}`);
  const lower = known.toReversed().map(({ kl, low }) => `${fixed(x(kl))},${fixed(y(low))}`);
  return [...upper, ...lower].join(' ');
}

function drawn(band: FrontierBand, at: number, scale: Scale): readonly string[] {
  const color = COLORS[at % COLORS.length]!;
  const dash = DASHES[Math.floor(at / COLORS.length) % DASHES.length]!;
  const line = band.points.map(({ kl, mean }) => `${fixed(scale.x(kl))},${fixed(scale.y(mean))}`).join(' ');
  const y = PLOT.top + 10 + 18 * at;
  const stroke = `stroke="${color}" stroke-dasharray="${dash}"`;
  return [
    `<polygon fill="${color}" fill-opacity="0.12" points="${bandPath(band, scale)}"/>`,
    `<polyline fill="none" stroke-width="2" ${stroke} points="${line}"/>`,
    `<line stroke-width="2" ${stroke} x1="${PLOT.right + 20}" x2="${PLOT.right + 44}" y1="${y}" y2="${y}"/>`,
    `<text x="${PLOT.right + 50}" y="${y + 4}">${escaped(band.name)}</text>`,
  ];
}

/** The frontier as a picture: the mean over seeds of each configuration along the KL, with its 95% interval. */
export function frontierSvg({ frontier, by }: Pick<StudyReport, 'frontier' | 'by'>): string {
  const scale = scaleOf(frontier);
  const height = Math.max(HEIGHT, PLOT.top + 18 * frontier.length + 20);
  const content = scale
    ? [
        ...axes(scale, by === 'judge' ? 'Judge' : 'Held-out reward'),
        ...frontier.flatMap((band, at) => drawn(band, at, scale)),
      ]
    : ['<text x="64" y="60">No run has been evaluated yet.</text>'];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    '<style>.grid { stroke: #dddddd; } text { fill: #222222; }</style>',
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...content,
    '</svg>',
    '',
  ].join('\n');
}
