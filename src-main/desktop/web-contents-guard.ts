import type { Session, WebContents } from 'electron';
import type { ElectronParts } from './electron-parts.ts';
import { isPageAddress, PAGE_SCHEME } from './page-address.ts';

/** Sites that links in the app may open in the browser. */
const OUTSIDE = new Set(['arxiv.org', 'github.com', 'huggingface.co']);

/** Whether an address is an https URL of a site on the list; the whole hostname is compared. */
export function mayOpenOutside(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'https:' && OUTSIDE.has(url.hostname) && url.port === '' && url.username === '';
}

/** Blocks navigation, new windows, and webviews in a page; links to known sites open in the browser. */
export function guardContents(contents: WebContents, shell: Pick<ElectronParts['shell'], 'openExternal'>): void {
  const stay = (event: { preventDefault(): void; readonly url: string }) => {
    if (!isPageAddress(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  // The page has no frames, so any frame navigation is wrong.
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !isPageAddress(event.url)) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpenOutside(url)) void shell.openExternal(url).catch(() => undefined);
    return { action: 'deny' };
  });
}

/** Denies all permissions except harmless ones, and all requests except for the page itself and its own blobs. */
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

/** Writing text to the clipboard at the user's request reads nothing. */
function isHarmless(permission: string): boolean {
  return permission === 'clipboard-sanitized-write';
}
