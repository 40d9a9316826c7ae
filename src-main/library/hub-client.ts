import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { canceled, KeelError } from '#contract/errors.ts';
import { type HubCommand, type HubModel, hubReportSchema } from '../hub/protocol.ts';

const ENTRY = fileURLToPath(new URL('../hub/process.ts', import.meta.url));
const STDERR_KEPT = 2000;

/**
 * Runs the network process to look up or download a model. Aborting kills the process; downloaded data is kept for the
 * next attempt. Throws the process's typed error, `canceled`, `hub_failed`.
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
      if (signal?.aborted) return reject(canceled('The download was stopped; downloaded data is kept.'));
      const why = `The network process exited without a response. ${stderr}`.trim();
      reject(new KeelError({ code: 'hub_failed', why, fix: 'Try again; downloaded data is kept.' }));
    });
    child.send(command);
  });
}
