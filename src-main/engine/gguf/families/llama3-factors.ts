/** Llama 3.1's scaling of rotary positions, in the words of config.json. */
export interface Llama3Scaling {
  readonly factor: number;
  readonly low_freq_factor: number;
  readonly high_freq_factor: number;
  readonly original_max_position_embeddings: number;
}

/** The published settings: Llama 3.1 and Llama 3.2. GGUF stores only what results from them. */
const PUBLISHED: readonly Llama3Scaling[] = [8, 32].map((factor) => ({
  factor,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
}));

interface Turned {
  readonly base: number;
  /** Rotated entries of a head: twice the number of frequencies. */
  readonly rotated: number;
}

/** Divisors of the frequencies, [rotated / 2]. Source: `generate_extra_tensors` of llama.cpp's converter. */
export function llama3Factors(scaling: Llama3Scaling, { base, rotated }: Turned): Float32Array<ArrayBuffer> {
  const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: length } = scaling;
  return Float32Array.from({ length: rotated / 2 }, (_, pair) => {
    const wavelength = 2 * Math.PI * Math.fround(base ** Math.fround((2 * pair) / rotated));
    if (wavelength < length / high) return 1;
    if (wavelength > length / low) return factor;
    const smooth = (length / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

function isScaling(value: unknown): value is Llama3Scaling {
  const numbers = Object.values((value ?? {}) as Record<string, unknown>);
  return numbers.length === 4 && numbers.every((one) => typeof one === 'number');
}

/** The settings that a file of Keel's notes; null for other files. */
function notedScaling(noted: string | null): Llama3Scaling[] {
  try {
    const value: unknown = noted === null ? null : JSON.parse(noted);
    return isScaling(value) ? [value] : [];
  } catch {
    return [];
  }
}

/**
 * The settings that lead to given factors within 1e-4: those that the file notes, or published ones. Null if there are
 * none.
 */
export function scalingOfFactors(
  factors: Float32Array,
  { noted, ...turned }: Turned & { readonly noted: string | null },
): Llama3Scaling | null {
  const isMatch = (scaling: Llama3Scaling) => {
    const own = llama3Factors(scaling, turned);
    const isClose = (value: number, index: number) => Math.abs(value - (own[index] as number)) <= 1e-4 * value;
    return own.length === factors.length && factors.every(isClose);
  };
  return [...notedScaling(noted), ...PUBLISHED].find(isMatch) ?? null;
}
