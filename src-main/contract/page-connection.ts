/** Path at which the loopback host answers calls from a page. */
export const RPC_PATH = '/rpc';

/** The window message with which the desktop app passes the page its port. */
export const PORT_MESSAGE = 'keel:port';
