import { statSync } from 'node:fs';
import { readGgufHeader } from '#engine/gguf/open-gguf.ts';

/** What a list says about a GGUF file. */
interface GgufListing {
  /** Its architecture, by the name that GGUF has for it. */
  readonly family: string | null;
  readonly bytes: number;
  readonly hasChatTemplate: boolean;
}

/** Listings by path, size and time of change: a header with its vocabulary takes a tenth of a second to read. */
const known = new Map<string, GgufListing>();

/** Reads the header of a GGUF file unless that has been done. Throws `gguf_invalid`, `gguf_unsupported`. */
export function ggufFacts(path: string): GgufListing {
  const { size: bytes, mtimeMs } = statSync(path);
  const key = `${path} ${bytes} ${mtimeMs}`;
  const found = known.get(key);
  if (found) return found;
  const { metadata } = readGgufHeader(path);
  const family = metadata.get('general.architecture');
  const hasChatTemplate = typeof metadata.get('tokenizer.chat_template') === 'string';
  const facts = { family: typeof family === 'string' ? family : null, bytes, hasChatTemplate };
  known.set(key, facts);
  return facts;
}
