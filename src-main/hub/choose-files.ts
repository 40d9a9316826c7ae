import type { ListFileEntry } from '@huggingface/hub';
import { KeelError } from '#contract/errors.ts';
import { CONFIG_FILES, TOKENIZER_FILES } from '#contract/model-files.ts';

/** A file to download, with its expected size and hash. */
export interface WantedFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the content for a large file; for a small file, git's SHA-1 of `blob <bytes>\0` and the content. */
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
  const why = `The hub did not report a usable size and hash for ${path}.`;
  throw new KeelError({ code: 'hub_failed', why, fix: 'Check KEEL_HUB_ENDPOINT: it does not respond like a hub.' });
}

function refuseFormat(repository: string, files: readonly ListFileEntry[]): KeelError {
  const unsafe = files.find(({ path }) => UNSAFE.test(path));
  const gguf = files.find(({ path }) => path.endsWith('.gguf'));
  if (unsafe || gguf) {
    const what = unsafe ? `${unsafe.path}, a format that can run code when opened` : `${gguf?.path}, a GGUF file`;
    return new KeelError({
      code: 'hub_unsafe_format',
      why: `${repository} provides its weights only as ${what}. Keel downloads safetensors only.`,
      fix:
        'Look for a revision with model.safetensors (often refs/pr/1), or convert the model elsewhere with ' +
        'save_pretrained(folder, safe_serialization=True) and add the folder. A GGUF file that you download yourself ' +
        'can be added as it is.',
    });
  }
  return new KeelError({
    code: 'hub_no_model',
    why: `${repository} has no model.safetensors with a config.json at its top level.`,
    fix: 'Choose a repository with a complete model; adapters and datasets cannot be used.',
  });
}

/**
 * Selects the files of a repository that form a model: weights, config, and tokenizer at its top level, by name.
 * Nothing else is ever downloaded. Throws `hub_unsafe_format`, `hub_no_model`, `hub_failed`.
 */
export function chooseFiles(repository: string, entries: readonly ListFileEntry[]): readonly WantedFile[] {
  const files = entries.filter(({ type }) => type === 'file');
  const weights = files.filter(({ path }) => WEIGHTS.test(path));
  // Some repositories contain the same weights both as one file and in shards.
  const whole = weights.find(({ path }) => path === 'model.safetensors');
  const plain = files.filter(({ path }) => PLAIN.has(path) && !(whole && path === 'model.safetensors.index.json'));
  if (weights.length === 0 || !plain.some(({ path }) => path === 'config.json')) throw refuseFormat(repository, files);
  return [...plain, ...(whole ? [whole] : weights)].map(toWanted);
}
