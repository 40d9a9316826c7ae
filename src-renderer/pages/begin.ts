import { ROUTES } from './routes.ts';

/** What is fixed of a path: of several that an address begins with, the longest is its page's. */
const fixedPart = (path: string) => path.split(':', 1)[0]!;

/**
 * Asks for the page of this address. The router will do so too, but only after the frame was evaluated and mounted:
 * this way the page comes meanwhile. Imported before anything else.
 */
function askForPage(address: string): void {
  const [page] = ROUTES.filter(({ path }) => address.startsWith(fixedPart(path))).sort(
    (one, other) => fixedPart(other.path).length - fixedPart(one.path).length,
  );
  if (typeof page?.component !== 'function') return;
  // Whether it comes is the router's matter, which asks again and tells of it.
  (page.component as () => Promise<unknown>)().catch(() => undefined);
}

askForPage(window.location.pathname);
