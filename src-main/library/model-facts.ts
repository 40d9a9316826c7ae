import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a model folder says of itself without its weights being opened. */
export interface ModelFacts {
  readonly family: string | null;
  readonly bytes: number;
  readonly hasChatTemplate: boolean;
  readonly exists: boolean;
}

const MAX_JSON_BYTES = 16_000_000;

function readJson(path: string): Readonly<Record<string, unknown>> {
  try {
    if (statSync(path).size > MAX_JSON_BYTES) return {};
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function weightBytes(folder: string): number {
  const sizes = readdirSync(folder).map((name) =>
    name.endsWith('.safetensors') ? (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0) : 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Facts for a list; a folder that cannot be read has none. Whether it can be used, only opening it tells. */
export function modelFacts(folder: string): ModelFacts {
  try {
    const { model_type: family } = readJson(join(folder, 'config.json'));
    const declared = readJson(join(folder, 'tokenizer_config.json')).chat_template;
    const separate = ['chat_template.jinja', 'chat_template.json'].some((name) => existsSync(join(folder, name)));
    const hasChatTemplate = separate || (declared !== undefined && declared !== null);
    const bytes = weightBytes(folder);
    return { family: typeof family === 'string' ? family : null, bytes, hasChatTemplate, exists: true };
  } catch {
    return { family: null, bytes: 0, hasChatTemplate: false, exists: false };
  }
}
