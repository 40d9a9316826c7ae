import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

/** How an attaching shell describes itself in its first request. */
export interface ShellKind {
  /** It takes over when the owner exits, so the owner does not have to wait for it. */
  readonly isFollower: boolean;
  /** Additional folders for a page that the shell forwards. Null for the user's own shell. */
  readonly pageRoots: readonly string[] | null;
}

const FOLLOWER = 'x-keel-follower';
const PAGE_ROOTS = 'x-keel-page-roots';
const rootsSchema = z.array(z.string());

export function shellHeaders({ isFollower, pageRoots }: ShellKind): Record<string, string> {
  const roots = pageRoots && Buffer.from(JSON.stringify(pageRoots)).toString('base64url');
  return { ...(isFollower && { [FOLLOWER]: '1' }), ...(roots !== null && { [PAGE_ROOTS]: roots }) };
}

/** Throws for headers that {@link shellHeaders} did not create. */
export function readShellHeaders(headers: IncomingHttpHeaders): ShellKind {
  const roots = headers[PAGE_ROOTS];
  return {
    isFollower: headers[FOLLOWER] === '1',
    pageRoots:
      roots === undefined ? null : rootsSchema.parse(JSON.parse(Buffer.from(`${roots}`, 'base64url').toString())),
  };
}
