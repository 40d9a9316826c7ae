import type { UploadRequest } from '#contract/api/files.ts';
import { type Fault, KeelError } from '#contract/errors.ts';

const DEEPEST = 16;
const LONGEST_NAME_BYTES = 200;
/** Characters that some platform's file system rejects, or that would change the path. */
const FORBIDDEN = /[\\:*?"<>|]|\p{Cc}/u;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;

function faultOf(name: string): string | null {
  const parts = name.split('/');
  if (parts.length > DEEPEST) return `is more than ${DEEPEST} folders deep`;
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') return 'is not a plain name';
    if (FORBIDDEN.test(part) || RESERVED.test(part) || /[. ]$/.test(part))
      return 'has characters that some file systems do not allow';
    if (Buffer.byteLength(part) > LONGEST_NAME_BYTES) return `has a part longer than ${LONGEST_NAME_BYTES} bytes`;
  }
  return null;
}

/**
 * The single top-level name of an upload: a file, or the folder that contains all files.
 * Throws `upload_names_bad` with every problem.
 */
export function topNameOf({ files }: UploadRequest): string {
  const seen = new Set<string>();
  const faults: Fault[] = files.flatMap(({ name }) => {
    const folded = name.normalize('NFC').toLowerCase();
    const why = seen.has(folded) ? 'occurs twice' : faultOf(name);
    seen.add(folded);
    return why ? [{ where: name, why }] : [];
  });
  const tops = new Set(files.map(({ name }) => name.split('/', 1)[0] ?? ''));
  if (files.length > 1 && (tops.size > 1 || files.some(({ name }) => !name.includes('/')))) {
    faults.push({ where: [...tops].join(', '), why: 'are not in one folder' });
  }
  const [top] = tops;
  if (faults.length === 0 && top !== undefined) return top;
  throw new KeelError({
    code: 'upload_names_bad',
    why: `Files with these names cannot be uploaded: ${faults.map(({ where, why }) => `${where} ${why}`).join('; ')}.`,
    fix: 'Rename them, or upload one file or one folder at a time.',
    faults,
  });
}
