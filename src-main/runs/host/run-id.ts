import { type RunId, runIdSchema } from '#contract/ids.ts';

function slug(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return words || 'run';
}

/**
 * Creates an id such as `20261123-131924-apa` in local time.
 * @param isTaken whether an id exists; a second run with the same name and second gets `-2`.
 */
export function createRunId(name: string, at: Date, isTaken: (id: string) => boolean): RunId {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${String(at.getFullYear()).padStart(4, '0')}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  const stem = `${date}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}-${slug(name)}`;
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? stem : `${stem}-${count}`;
    if (!isTaken(id)) return runIdSchema.parse(id);
  }
}
