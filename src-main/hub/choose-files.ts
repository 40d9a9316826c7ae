import type { ListFileEntry } from '@huggingface/hub';
import { KeelError } from '#contract/errors.ts';
import { CONFIG_FILES, TOKENIZER_FILES } from '#contract/model-files.ts';

/** A file that is fetched, with what it must turn out to be. */
export interface WantedFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the content for a large file; for a small one git's SHA-1 of `blob <bytes>\0` and the content. */
  readonly hash: { readonly kind: 'sha256' | 'git'; readonly hex: string };
}

const PLAIN = new Set<string>([...TOKENIZER_FILES, ...CONFIG_FILES, 'model.safetensors.index.json']);
const WEIGHTS = /^(model|model-\d{5}-of-\d{5})\.safetensors$/;
const UNSAFE = /\.(bin|pt|pth|ckpt|h5|msgpack)$/;
const HEX = { sha256: /^[0-9a-f]{64}$/, git: /^[0-9a-f]{40}$/ };

function toWanted({ path, size, oid, lfs }: ListFileEntry): WantedFile {
  const hash = lfs ? ({ kind: 'sha256', hex: lfs.oid } as const) : ({ kind: 'git', hex: oid ?? '' } as const);
  const bytes = lfs?.size ?? size;
  if (HEX[hash.kind].test(hash.hex) && Number.isSafeInteger(bytes) && bytes >= 0) return { path, bytes, hash };
  const why = `The hub tells no usable size and hash of ${path}.`;
  throw new KeelError({ code: 'hub_failed', why, fix: 'Check KEEL_HUB_ENDPOINT: it does not answer as a hub does.' });
}

function refuseFormat(repository: string, files: readonly ListFileEntry[]): KeelError {
  const unsafe = files.find(({ path }) => UNSAFE.test(path));
  const gguf = files.find(({ path }) => path.endsWith('.gguf'));
  if (unsafe || gguf) {
    const what = unsafe ? `${unsafe.path}, a format that can run code when opened` : `${gguf?.path}, a GGUF file`;
    return new KeelError({
      code: 'hub_unsafe_format',
      why: `${repository} has its weights only as ${what}. Keel reads safetensors.`,
      fix: 'Look for a revision with model.safetensors (often refs/pr/1), or convert it with save_pretrained(folder, safe_serialization=True) elsewhere and add the folder.',
    });
  }
  return new KeelError({
    code: 'hub_no_model',
    why: `${repository} holds no model.safetensors and no config.json at its top.`,
    fix: 'Choose a repository of a whole model; adapters and datasets are none.',
  });
}

/**
 * The files of a repository that make a model: weights, config and tokenizer at its top, by name; nothing else of it is
 * ever fetched. Throws `hub_unsafe_format`, `hub_no_model`, `hub_failed`.
 */
export function chooseFiles(repository: string, entries: readonly ListFileEntry[]): readonly WantedFile[] {
  const files = entries.filter(({ type }) => type === 'file');
  const weights = files.filter(({ path }) => WEIGHTS.test(path));
  // Some repositories hold the same weights whole and in shards.
  const whole = weights.find(({ path }) => path === 'model.safetensors');
  const plain = files.filter(({ path }) => PLAIN.has(path) && !(whole && path === 'model.safetensors.index.json'));
  if (weights.length === 0 || !plain.some(({ path }) => path === 'config.json')) throw refuseFormat(repository, files);
  return [...plain, ...(whole ? [whole] : weights)].map(toWanted);
}
