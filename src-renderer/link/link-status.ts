/** State of the page's connection to its host. */
export type LinkStatus = 'connecting' | 'open' | 'lost';
