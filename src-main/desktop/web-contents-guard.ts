import type { Session, WebContents } from 'electron';
import type { ElectronParts } from './electron-parts.ts';
import { isPageAddress, PAGE_SCHEME } from './page-address.ts';

/** Sites that a link of the app may open in the browser. */
const OUTSIDE = new Set(['arxiv.org', 'github.com', 'huggingface.co']);

/** True for an https address of a site on the list; the host is compared whole. */
export function mayOpenOutside(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'https:' && OUTSIDE.has(url.hostname) && url.port === '' && url.username === '';
}

/** Keeps a page where it is: no navigation, no window, no webview; a link to a known site goes to the browser. */
export function guardContents(contents: WebContents, shell: Pick<ElectronParts['shell'], 'openExternal'>): void {
  const stay = (event: { preventDefault(): void; readonly url: string }) => {
    if (!isPageAddress(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  // The page has no frames: whatever one wants to load is wrong.
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !isPageAddress(event.url)) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpenOutside(url)) void shell.openExternal(url).catch(() => undefined);
    return { action: 'deny' };
  });
}

/** Nothing is permitted, nothing is fetched but the page itself, nothing is downloaded but what the page has made. */
export function guardSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide) => decide(isHarmless(permission)));
  session.setPermissionCheckHandler((_contents, permission) => isHarmless(permission));
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, decide) => {
    const scheme = URL.parse(details.url)?.protocol ?? '';
    decide({ cancel: ![`${PAGE_SCHEME}:`, 'blob:', 'devtools:'].includes(scheme) });
  });
  session.setSpellCheckerEnabled(false);
}

/** Copying a text that the person has just asked to copy reads nothing. */
function isHarmless(permission: string): boolean {
  return permission === 'clipboard-sanitized-write';
}
