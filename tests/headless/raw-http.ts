import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Everything, as it came. */
  readonly text: string;
}

/** Ends when the other side closes; a WebSocket that was let in never does, so its first line is enough. */
const SWITCHED = 'HTTP/1.1 101';

/** Sends bytes as they are: a client that is polite would not send what an attacker sends. */
export function sendRaw(port: number, text: string, host = '127.0.0.1'): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, host, () => socket.write(text));
    const finish = () => {
      socket.destroy();
      resolve(parse(received));
    };
    socket.setEncoding('latin1');
    socket.on('data', (data) => {
      received += data;
      if (received.startsWith(SWITCHED) && received.includes('\r\n\r\n')) finish();
    });
    socket.on('end', finish);
    socket.on('error', (error) => (received ? finish() : reject(error)));
  });
}

function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const pairs = lines.map((line) => [line.split(':', 1)[0]!.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
  return {
    status: Number(first.split(' ')[1] ?? 0),
    headers: Object.fromEntries(pairs),
    body: rest.join('\r\n\r\n'),
    text,
  };
}

export type Lines = readonly (readonly [string, string])[];

/** A request that is closed after its answer. */
export function request(target: string, lines: Lines, { method = 'GET', version = '1.1', body = '' } = {}): string {
  const all = [...lines, ['Connection', 'close'] as const];
  const length: Lines = body ? [['Content-Length', String(body.length)]] : [];
  const text = [...all, ...length].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target} HTTP/${version}\r\n${text}\r\n${body}`;
}

export function upgrade(target: string, lines: Lines): string {
  const fixed: Lines = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ];
  const text = [...fixed, ...lines].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `GET ${target} HTTP/1.1\r\n${text}\r\n`;
}
