/** How the page stands with its host. */
export type LinkStatus = 'connecting' | 'open' | 'lost';
