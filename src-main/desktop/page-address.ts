/** The page's own scheme: no file address, no port, and an origin that nothing else has. */
export const PAGE_SCHEME = 'keel';
export const PAGE_HOST = 'app';
export const PAGE_ADDRESS = `${PAGE_SCHEME}://${PAGE_HOST}/`;

/** True for addresses of the page and nothing else; compared by parts, since `keel://app.evil/` begins the same. */
export function isPageAddress(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === `${PAGE_SCHEME}:` && url.host === PAGE_HOST && url.username === '' && url.password === '';
}
