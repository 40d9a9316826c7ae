import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { KeelError } from '#contract/errors.ts';

/** The address of a cluster's dashboard, and the token that it wants; null to ask without one. */
export interface RayAddress {
  readonly name: string;
  readonly url: string;
  readonly token: string | null;
}

export interface RayAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Milliseconds without a byte after which a call counts as unanswered: longer than a control store needs to start. */
const PATIENCE_MILLISECONDS = 30_000;

/** Header with the token; empty without one. */
export function authorization({ token }: RayAddress): Readonly<Record<string, string>> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** A text that came from a cluster, in case that it repeats the token which it was sent. */
export function withoutToken({ token }: Pick<RayAddress, 'token'>, text: string): string {
  return token ? text.replaceAll(token, '[token]') : text;
}

/** A call that never reached the cluster; the cause names no token, because none is part of an address. */
function unreachable({ name, url }: RayAddress, cause: NodeJS.ErrnoException): KeelError {
  return new KeelError({
    code: 'cluster_unreachable',
    why: `The cluster ${name} does not answer at ${url} (${cause.code ?? cause.message}).`,
    fix: 'Check that Ray is running there, and the tunnel to it: ssh -N -L 8265:127.0.0.1:8265 USER@HEAD',
    cause,
  });
}

/** The error of a call that was refused for its token; null for any other answer. */
export function tokenRefusal({ name }: Pick<RayAddress, 'name'>, status: number): KeelError | null {
  if (status !== 401 && status !== 403) return null;
  return new KeelError({
    code: 'cluster_token_refused',
    why:
      status === 401
        ? `The cluster ${name} wants a token, and none was sent.`
        : `The cluster ${name} refused the token: it was replaced, or belongs to another cluster.`,
    fix: `Print the token on the head node with \`ray get-auth-token\`, put it in a file that only you can read, then: keel cluster add ${name} URL --token-file FILE --force`,
  });
}

/**
 * One call of Ray's dashboard. By `node:http`, since Ray refuses a PUT of `fetch` as a browser's. Resolves with any
 * answer; throws `cluster_unreachable` without one.
 */
export function callRay(
  address: RayAddress,
  method: 'GET' | 'PUT' | 'POST',
  path: string,
  body: Buffer | null = null,
): Promise<RayAnswer> {
  const url = new URL(path, address.url);
  const headers = {
    ...authorization(address),
    ...(body && { 'content-length': String(body.byteLength) }),
    ...(method === 'POST' && { 'content-type': 'application/json' }),
  };
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, timeout: PATIENCE_MILLISECONDS }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('error', (error) => reject(unreachable(address, error)));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(pieces) }));
    });
    sent.on('timeout', () => sent.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
    sent.on('error', (error) => reject(unreachable(address, error)));
    sent.end(body ?? undefined);
  });
}

/** The same for calls that must succeed. Throws `cluster_unreachable`, `cluster_token_refused`, `cluster_refused`. */
export async function askRay(...call: Parameters<typeof callRay>): Promise<Buffer> {
  const [address, method, path] = call;
  return contentOf(await callRay(...call), address, `${method} ${path.split('?')[0]}`);
}

/** What a successful answer to a call contains. Throws `cluster_token_refused` and `cluster_refused` for any other. */
export function contentOf({ status, body }: RayAnswer, address: RayAddress, call: string): Buffer {
  if (status === 200) return body;
  const refusal = tokenRefusal(address, status);
  if (refusal) throw refusal;
  throw new KeelError({
    code: 'cluster_refused',
    why: withoutToken(address, `The cluster ${address.name} answered ${status} to ${call}: ${lastLine(body)}`),
    fix: 'Check the cluster with `ray status` on its head node.',
  });
}

/** Ray answers errors with a whole traceback; its last line is the error. */
function lastLine(body: Buffer): string {
  return body.toString('utf8').trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
