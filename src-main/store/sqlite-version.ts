import { KeelError } from '#contract/errors.ts';

const OLDEST = [3, 51, 3] as const;
const WITHDRAWN = '3.52.0';

function isOlder(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, oldest] of OLDEST.entries()) {
    const part = parts[index] ?? 0;
    if (part !== oldest) return part < oldest;
  }
  return false;
}

/**
 * Refuses SQLite versions that can damage a WAL database: 3.7.0 to 3.51.2 if two connections write or checkpoint at the
 * same time, and 3.52.0, which was withdrawn. Throws `sqlite_version`.
 */
export function requireSoundSqlite(version: string): void {
  if (!isOlder(version) && version !== WITHDRAWN) return;
  throw new KeelError({
    code: 'sqlite_version',
    why: `SQLite ${version} can damage the run store; ${OLDEST.join('.')} or newer is required, except ${WITHDRAWN}.`,
    fix: 'Run `npm ci` in the Keel folder to install the pinned better-sqlite3.',
  });
}
