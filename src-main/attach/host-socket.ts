import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** The kernel's limit for the path of a Unix socket, with its closing zero, is 104 to 108 bytes. */
const LONGEST_PATH = 100;

/** Where the owner of a data folder listens: a Unix socket inside it, or a pipe on Windows. */
export function hostSocket(home: string, platform: NodeJS.Platform = process.platform): string {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  if (platform === 'win32') return `\\\\.\\pipe\\keel-${name}`;
  const inside = join(home, 'host.sock');
  if (Buffer.byteLength(inside) <= LONGEST_PATH) return inside;
  return join(tmpdir(), `keel-${userInfo().uid}-${name}.sock`);
}
