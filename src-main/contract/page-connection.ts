/** Where the loopback host answers the calls of a page. */
export const RPC_PATH = '/rpc';

/** The message of the window by which the desktop hands the page its port. */
export const PORT_MESSAGE = 'keel:port';
