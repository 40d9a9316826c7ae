import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

/** What an attaching shell tells of itself in its first request. */
export interface ShellKind {
  /** It takes over when the owner leaves, so the owner need not stay for it. */
  readonly isFollower: boolean;
  /** It forwards a page: the page may use these folders beside its usual ones. Null for a shell of the person's own. */
  readonly pageRoots: readonly string[] | null;
}

const FOLLOWER = 'x-keel-follower';
const PAGE_ROOTS = 'x-keel-page-roots';
const rootsSchema = z.array(z.string());

export function shellHeaders({ isFollower, pageRoots }: ShellKind): Record<string, string> {
  const roots = pageRoots && Buffer.from(JSON.stringify(pageRoots)).toString('base64url');
  return { ...(isFollower && { [FOLLOWER]: '1' }), ...(roots !== null && { [PAGE_ROOTS]: roots }) };
}

/** Throws for headers that {@link shellHeaders} has not made. */
export function readShellHeaders(headers: IncomingHttpHeaders): ShellKind {
  const roots = headers[PAGE_ROOTS];
  return {
    isFollower: headers[FOLLOWER] === '1',
    pageRoots:
      roots === undefined ? null : rootsSchema.parse(JSON.parse(Buffer.from(`${roots}`, 'base64url').toString())),
  };
}
