import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A tunnel to a cluster that can be cut, as by a network that is gone: what is open stays open and says nothing. */
export interface Tunnel {
  readonly url: string;
  cut(): void;
  mend(): void;
  close(): void;
}

export async function openTunnel(target: string): Promise<Tunnel> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  };
  const server = createServer((near) => {
    keep(near);
    if (isCut) return;
    const far = connect(Number(port), hostname);
    keep(far);
    const pass = (from: Socket, to: Socket) => {
      from.on('data', (data) => (isCut ? undefined : to.write(data))).on('close', () => to.destroy());
    };
    pass(near, far);
    pass(far, near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    cut: () => {
      isCut = true;
    },
    mend: () => {
      isCut = false;
      drop();
    },
    close: () => {
      drop();
      server.close();
    },
  };
}
