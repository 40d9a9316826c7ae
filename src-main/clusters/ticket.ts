import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PRIVATE_FILE } from '../disk/private-mode.ts';

/** The job that computes a run on a cluster, kept in the run's folder: a desktop that was killed finds it again. */
const ticketSchema = z.object({
  cluster: z.string(),
  submission: z.string(),
  /** Number of the last frame whose rows are stored for certain. */
  cursor: z.int().nonnegative(),
  /** It was killed on request, and may not be followed again. */
  isKilled: z.boolean(),
  /** Its end is stored. */
  hasEnded: z.boolean(),
});
export type Ticket = z.infer<typeof ticketSchema>;

const FILE = 'cluster.json';

export function readTicket(runFolder: string): Ticket | null {
  const path = join(runFolder, FILE);
  if (!existsSync(path)) return null;
  try {
    return ticketSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}

export function writeTicket(runFolder: string, ticket: Ticket): void {
  const path = join(runFolder, FILE);
  writeFileSync(`${path}.partial`, `${JSON.stringify(ticket)}\n`, { mode: PRIVATE_FILE, flush: true });
  renameSync(`${path}.partial`, path);
}
