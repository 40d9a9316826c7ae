import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { authorization, type RayAddress } from './ray-api.ts';

/** Seconds between two looks of Ray at the log. Its other way to follow a job's log looks once a second. */
const LOOK_SECONDS = 0.2;

/**
 * Follows the log of a job from its start, line by line, until the connection ends or the signal aborts. An end says
 * nothing about the job, whose state must be asked for; a node that is lost may end nothing.
 */
export function streamLog(
  address: RayAddress,
  { node, submission }: { readonly node: string; readonly submission: string },
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const query = new URLSearchParams({
    node_id: node,
    filename: `job-driver-${submission}.log`,
    lines: '-1',
    interval: String(LOOK_SECONDS),
  });
  const url = new URL(`/api/v0/logs/stream?${query}`, address.url);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    let rest = '';
    const sent = request(url, { headers: authorization(address), signal }, (answer) => {
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        if (answer.statusCode !== 200) return;
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(line);
      });
      answer.on('error', () => undefined);
      answer.on('close', resolve);
    });
    sent.on('error', () => resolve());
    sent.end();
  });
}
