/** A quantity that every token of a response has. */
export interface TokenQuantity {
  readonly key: 'kl' | 'advantages' | 'values' | 'rewards' | 'logprobs';
  readonly title: string;
  readonly unit: string;
  /** Signed values get two hues around zero; others get one hue by magnitude. */
  readonly isSigned: boolean;
}

export const TOKEN_QUANTITIES: readonly TokenQuantity[] = [
  { key: 'kl', title: 'KL to the starting policy', unit: 'nats', isSigned: false },
  { key: 'advantages', title: 'Advantage', unit: 'scaled score', isSigned: true },
  { key: 'values', title: "Critic's value", unit: 'scaled score', isSigned: true },
  { key: 'rewards', title: 'Reward', unit: 'score', isSigned: true },
  { key: 'logprobs', title: 'log π', unit: 'nats', isSigned: false },
];

export interface HeatScale {
  /** The magnitude that gets the full color; larger values are clamped to it. */
  readonly limit: number;
  readonly isSigned: boolean;
}

export interface Shade {
  readonly tone: '--heat' | '--heat-positive' | '--heat-negative';
  /** 0 to 1. */
  readonly strength: number;
}

const COVERED_SHARE = 0.98;

/** A scale over all shown values; a few extreme tokens do not make the others pale. */
export function heatScale(values: readonly number[], isSigned: boolean): HeatScale {
  const sizes = values
    .filter(Number.isFinite)
    .map(Math.abs)
    .sort((one, other) => one - other);
  const at = Math.min(sizes.length - 1, Math.ceil(COVERED_SHARE * sizes.length) - 1);
  return { limit: sizes[Math.max(0, at)] || sizes.at(-1) || 1, isSigned };
}

export function shadeOf(value: number | undefined, { limit, isSigned }: HeatScale): Shade | null {
  if (value === undefined || !Number.isFinite(value)) return null;
  const strength = Math.min(1, Math.abs(value) / limit);
  if (!isSigned) return { tone: '--heat', strength };
  return { tone: value < 0 ? '--heat-negative' : '--heat-positive', strength };
}

/** The color as CSS; never fully opaque, so that text stays readable on the strongest shade. */
export function shadeColor(shade: Shade | null): string {
  if (!shade) return 'transparent';
  return `color-mix(in srgb, var(${shade.tone}) ${Math.round(55 * shade.strength)}%, transparent)`;
}

/** Values of the legend from one end to the other. */
export function legendStops({ limit, isSigned }: HeatScale): readonly number[] {
  return isSigned ? [-limit, -limit / 2, 0, limit / 2, limit] : [0, limit / 4, limit / 2, (3 * limit) / 4, limit];
}
