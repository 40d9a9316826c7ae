import { ROUTES } from './routes.ts';

/** The fixed part of a path: if an address starts with several of them, the longest one identifies its page. */
const fixedPart = (path: string) => path.split(':', 1)[0]!;

/**
 * Requests this address's page. The router does so too, but only after the frame is evaluated and mounted; this way
 * the page loads in the meantime. Imported before anything else.
 */
function askForPage(address: string): void {
  const [page] = ROUTES.filter(({ path }) => address.startsWith(fixedPart(path))).sort(
    (one, other) => fixedPart(other.path).length - fixedPart(one.path).length,
  );
  if (typeof page?.component !== 'function') return;
  // The router requests it again and reports a failure.
  (page.component as () => Promise<unknown>)().catch(() => undefined);
}

askForPage(window.location.pathname);
