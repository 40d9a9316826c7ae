import type { ModelConfig } from '../../model/config/model-config.ts';

/** Fields of config.json that a file notes because GGUF has no key for them, as JSON. */
export const CONFIG_NOTE = 'keel.config';

const NOTED = ['model_type', 'sliding_window', 'use_sliding_window', 'layer_types', 'max_position_embeddings'];

/** The longest context for which a model is trained, beyond a limit that only Keel has. */
export function trainedContext({ contextIsHard, contextLength, raw }: ModelConfig): number {
  const longest = raw.max_position_embeddings;
  return contextIsHard && typeof longest === 'number' ? longest : contextLength;
}

/** The fields that bring the windows of a model back, for a family whose windows GGUF does not express. */
export function windowNote(config: ModelConfig): Readonly<Record<string, unknown>> | null {
  const { windows, family } = config;
  const window = windows.find((one) => one !== null) ?? null;
  if (window === null) return null;
  const types = windows.map((one) => (one === null ? 'full_attention' : 'sliding_attention'));
  return {
    model_type: family,
    sliding_window: window,
    use_sliding_window: true,
    max_position_embeddings: trainedContext(config),
    // A mistral with layer types would be a ministral.
    ...(family === 'mistral' ? {} : { layer_types: types }),
  };
}

/**
 * Where llama.cpp attends to every earlier token, a model with sliding windows is the same up to the length of its
 * shortest window: the context that a file may declare. Null if that is the whole context.
 */
export function windowLimit(config: ModelConfig): number | null {
  const shortest = Math.min(...config.windows.map((window) => window ?? Number.POSITIVE_INFINITY));
  return shortest < trainedContext(config) ? shortest : null;
}

/** The fields that a file notes; empty for a file without a note, or with one that is not Keel's. */
export function notedFields(note: string | null): Readonly<Record<string, unknown>> {
  if (note === null) return {};
  try {
    const value: unknown = JSON.parse(note);
    const fields = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    return Object.fromEntries(fields.filter(([name]) => NOTED.includes(name)));
  } catch {
    return {};
  }
}
