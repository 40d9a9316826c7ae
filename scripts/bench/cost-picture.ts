/** One panel: what a response token costs over one quantity. */
export interface CostPanel {
  readonly title: string;
  /** What stands below the axis. */
  readonly axis: string;
  readonly points: readonly CostPoint[];
}

export interface CostPoint {
  readonly x: number;
  readonly label: string;
  /** Milliseconds a response token, by phase. */
  readonly rollout: number;
  readonly score: number;
  readonly update: number;
}

const LINES = [
  { key: 'update', color: '#0b5cad' },
  { key: 'rollout', color: '#c2570c' },
  { key: 'score', color: '#5f6b7a' },
] as const;
const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [300, 240, 46, 40, 40];

const log = Math.log10;

function drawPanel({ title, axis, points }: CostPanel, offset: number): string {
  const values = points.flatMap((point) => LINES.map(({ key }) => point[key]));
  const [low, high] = [log(Math.min(...values)) - 0.1, log(Math.max(...values)) + 0.1];
  const [first, last] = [log(points[0]!.x), log(points.at(-1)!.x)];
  const x = (value: number) => LEFT + ((log(value) - first) / (last - first)) * (WIDTH - LEFT - 52);
  const y = (value: number) => HEIGHT - BOTTOM - ((log(value) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const marks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500].filter(
    (tick) => log(tick) >= low && log(tick) <= high,
  );
  const grid = marks.map(
    (tick) =>
      `<path d="M${LEFT} ${y(tick)}H${WIDTH - 48}" stroke="#d7dce2"/><text x="${LEFT - 6}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
  );
  const ticks = points.map((point) => {
    return `<text x="${x(point.x)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${point.label}</text>`;
  });
  const lines = LINES.map(({ key, color }) => {
    const path = points.map((point, at) => `${at === 0 ? 'M' : 'L'}${x(point.x)} ${y(point[key])}`).join('');
    const dots = points.map((point) => `<circle cx="${x(point.x)}" cy="${y(point[key])}" r="2.5" fill="${color}"/>`);
    const end = points.at(-1)!;
    const name = `<text x="${x(end.x) + 6}" y="${y(end[key]) + 4}" fill="${color}">${key}</text>`;
    return `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.6"/>${dots.join('')}${name}`;
  });
  const words = `<text x="${LEFT}" y="18" font-weight="600">${title}</text><text x="${LEFT}" y="${HEIGHT - 6}">${axis}</text>`;
  return `<g transform="translate(${offset} 0)">${words}${grid.join('')}${ticks.join('')}${lines.join('')}</g>`;
}

/** The panels beside each other as SVG; both axes are logarithmic. */
export function drawCosts(panels: readonly CostPanel[]): string {
  const size = `width="${WIDTH * panels.length}" height="${HEIGHT}"`;
  const body = panels.map((panel, at) => drawPanel(panel, at * WIDTH)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, sans-serif" font-size="11" fill="#1d2733"><rect ${size} fill="#fff"/>\n${body}\n</svg>\n`;
}
