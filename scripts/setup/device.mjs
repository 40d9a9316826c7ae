import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const DRIVER = '/proc/driver/nvidia/version';

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {'cpu' | 'gpu'} `gpu` if an NVIDIA driver responds on this machine
 */
export function findDevice(env = process.env) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'cpu';
  if (existsSync(DRIVER)) return 'gpu';
  const answer = spawnSync('nvidia-smi', ['--list-gpus'], { env, encoding: 'utf8' });
  return answer.status === 0 && answer.stdout.includes('GPU') ? 'gpu' : 'cpu';
}
