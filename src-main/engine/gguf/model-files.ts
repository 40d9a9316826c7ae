import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unsupportedGguf } from './bad-gguf.ts';
import { GgufFacts } from './facts.ts';
import { familyOfFile } from './families/gguf-families.ts';
import { CONFIG_NOTE, notedFields } from './families/window-limit.ts';
import { type GgufFile, openGguf } from './open-gguf.ts';
import { tokenIdsOf, tokenizerConfigOf } from './tokenizer/tokenizer-config.ts';
import { tokenizerJsonOf } from './tokenizer/tokenizer-json.ts';

const ENDING = /\.gguf$/i;
/** Files that make a folder a model or an adapter of its own. */
const CONFIGS = ['config.json', 'adapter_config.json'];

/**
 * The GGUF file that a model path means: the file itself, or the only one in a folder that is no Hugging Face folder.
 * Null for any other path. @throws KeelError `gguf_unsupported` for a folder with several.
 */
export function ggufFileOf(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile()) return ENDING.test(path) ? path : null;
  if (!found?.isDirectory() || CONFIGS.some((name) => existsSync(join(path, name)))) return null;
  const names = readdirSync(path).filter((name) => ENDING.test(name));
  if (names.length < 2) return names[0] === undefined ? null : join(path, names[0]);
  const listed = names.sort().slice(0, 5).join(', ');
  throw unsupportedGguf(path, `it contains ${names.length} GGUF files: ${listed}.`, 'Specify the path of one of them.');
}

/** config.json of an open file, in the form that its family has in a Hugging Face folder. */
export function ggufConfig(file: GgufFile): Readonly<Record<string, unknown>> {
  const facts = new GgufFacts(file);
  if (facts.text('general.type') === 'adapter') {
    const fix = 'Use the folder with adapter_config.json that it was made from.';
    throw unsupportedGguf(file.path, 'it is an adapter, not a model.', fix);
  }
  const own = familyOfFile(facts).config(facts);
  const noted = notedFields(facts.text(CONFIG_NOTE));
  return { ...own, ...noted, vocab_size: facts.rows('token_embd.weight'), ...tokenIdsOf(facts) };
}

/** generation_config.json of an open file. */
export function ggufGenerationConfig(file: GgufFile): Readonly<Record<string, unknown>> {
  return tokenIdsOf(new GgufFacts(file));
}

/** Opens a file for the time of a call. */
export function withGguf<T>(path: string, use: (file: GgufFile) => T): T {
  const file = openGguf(path);
  try {
    return use(file);
  } finally {
    file.close();
  }
}

/** The JSON files that a Hugging Face folder of the same model has, by name. */
export function ggufModelFiles(path: string): ReadonlyMap<string, Uint8Array> {
  return withGguf(path, (file) => {
    const facts = new GgufFacts(file);
    const contents = {
      'config.json': ggufConfig(file),
      'generation_config.json': ggufGenerationConfig(file),
      'tokenizer.json': tokenizerJsonOf(facts),
      'tokenizer_config.json': tokenizerConfigOf(facts),
    };
    const bytes = (content: object) => new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`);
    return new Map(Object.entries(contents).map(([name, content]) => [name, bytes(content)]));
  });
}
