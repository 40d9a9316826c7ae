import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Message } from '#engine/records.ts';

/** What Hugging Face `tokenizers` and `transformers` make of the test texts; see tests/fixtures/tokenizers/make_golden.py. */
export interface Golden {
  readonly texts: readonly string[];
  readonly corpus: readonly string[];
  readonly encodings: Readonly<
    Record<string, { readonly plain: number[][]; readonly special: number[][]; readonly decoded: string[] }>
  >;
  readonly chats: Readonly<
    Record<
      string,
      readonly {
        readonly messages: readonly Message[];
        readonly text: string;
        readonly ids: readonly number[];
        readonly assistant: readonly number[] | null;
        readonly promptIds: readonly number[];
      }[]
    >
  >;
  readonly dialogs: {
    readonly count: number;
    readonly digests: Readonly<Record<string, string>>;
    readonly trainedMerges: string;
    readonly trainedDigest: string;
  };
}

export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/tokenizers/${name}`, import.meta.url));
}

export function readGolden(): Golden {
  return JSON.parse(readFileSync(fixture('golden.json'), 'utf8')) as Golden;
}

/** The preference data that lies beside the repository, not in it. */
export const DIALOG_FILE = fileURLToPath(
  new URL('../../../../shared/data/hh-harmless-base/sample.jsonl.gz', import.meta.url),
);
export const hasDialogs = existsSync(DIALOG_FILE);

export function readDialogs(): string[] {
  const lines = gunzipSync(readFileSync(DIALOG_FILE)).toString('utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const { chosen, rejected } = JSON.parse(line) as { chosen: string; rejected: string };
    return [chosen, rejected];
  });
}
