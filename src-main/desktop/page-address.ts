/** The page's own scheme: not a file URL, no port, and an origin that nothing else shares. */
export const PAGE_SCHEME = 'keel';
export const PAGE_HOST = 'app';
export const PAGE_ADDRESS = `${PAGE_SCHEME}://${PAGE_HOST}/`;

/** Whether an address belongs to the page; compared by parts, since `keel://app.evil/` has the same prefix. */
export function isPageAddress(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === `${PAGE_SCHEME}:` && url.host === PAGE_HOST && url.username === '' && url.password === '';
}
