import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { canceled, KeelError } from '#contract/errors.ts';
import { type HubCommand, type HubModel, hubReportSchema } from '../hub/protocol.ts';

const ENTRY = fileURLToPath(new URL('../hub/process.ts', import.meta.url));
const STDERR_KEPT = 2000;

/**
 * Has the network process look up or fetch a model. Aborting ends the process; what it has fetched stays for the next
 * try. Throws the process's typed error, `canceled`, `hub_failed`.
 */
export function createHubClient(
  command: HubCommand,
  report: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<HubModel> {
  return new Promise((resolve, reject) => {
    const child = fork(ENTRY, [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_KEPT);
    });
    const stop = () => child.kill('SIGKILL');
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    child.on('message', (message) => {
      const parsed = hubReportSchema.parse(message);
      if (parsed.kind === 'progress') report(parsed.done, parsed.total);
      else if (parsed.kind === 'done') resolve(parsed.model);
      else reject(KeelError.from(parsed.error));
    });
    child.once('error', reject);
    child.once('close', () => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) return reject(canceled('The download was stopped; what was fetched is kept.'));
      const why = `The network process ended without an answer. ${stderr}`.trim();
      reject(new KeelError({ code: 'hub_failed', why, fix: 'Try again; what was fetched is kept.' }));
    });
    child.send(command);
  });
}
