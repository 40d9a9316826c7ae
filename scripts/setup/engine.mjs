import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dataFolder, engineFolder } from './data-folder.mjs';
import { locateEngine, readChoice, readManifest } from './engine-manifest.mjs';
import { installEngine } from './install-engine.mjs';
import { SetupError } from './setup-error.mjs';

export { locateEngine } from './engine-manifest.mjs';

const USAGE = `keel engine install [--device cpu|gpu|javascript] [--from FOLDER] [--force] [--allow-unverified]
keel engine status
keel engine locate
keel engine tune     measure which settings are fastest on this machine

--device            the device that the engine uses (default: the best one on this machine)
--from FOLDER       install from a folder with the wheels or a ready engine; nothing is downloaded
--force             rebuild an existing engine
--allow-unverified  use the prebuilt addon, whose hash is not published
--json              print one JSON object
--quiet             do not print the result`;

const DEVICES = ['cpu', 'gpu', 'javascript'];

/** @param {string[]} args */
function parse(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      device: { type: 'string' },
      from: { type: 'string' },
      force: { type: 'boolean', default: false },
      'allow-unverified': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.device && !DEVICES.includes(values.device)) {
    throw new SetupError('usage', `--device must be one of ${DEVICES.join(', ')}, not ${values.device}.`, '');
  }
  if (values.from && !existsSync(values.from)) {
    throw new SetupError('from-incomplete', `The folder ${values.from} does not exist.`, 'Check --from.');
  }
  return { values, verb: positionals[0] ?? 'help' };
}

/**
 * The state of the engine, for text output and for `--json`.
 * @param {string} home
 */
function status(home) {
  const located = locateEngine({ home });
  const folder = located ? join(engineFolder(home), located.variant) : null;
  return { home, engine: located, manifest: folder ? readManifest(folder) : null, choice: readChoice(home) };
}

/** @param {ReturnType<typeof status>} report */
function describe({ home, engine, manifest, choice }) {
  if (!engine) return `No engine is installed in ${home}. Run: npm run keel -- engine install`;
  const version = manifest?.tensorflowVersion ? `, TensorFlow ${manifest.tensorflowVersion}` : '';
  const lines = [`Engine ${engine.variant} (${engine.device}${version}) in ${engineFolder(home)}`];
  for (const { rung, outcome } of choice?.ladder ?? []) lines.push(`  ${rung}: ${outcome}`);
  return lines.join('\n');
}

/**
 * The command `keel engine`.
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
export async function main(args) {
  const { values, verb } = parse(args);
  const home = dataFolder();
  if (values.help || !['install', 'status', 'locate'].includes(verb)) {
    process.stdout.write(`${USAGE}\n`);
    return values.help || verb === 'help' ? 0 : 2;
  }
  if (verb === 'install') {
    await installEngine({
      home,
      device: /** @type {'cpu' | 'gpu' | 'javascript' | null} */ (values.device ?? null),
      from: values.from ?? null,
      force: values.force ?? false,
      allowUnverified: values['allow-unverified'] ?? false,
      env: process.env,
    });
  }
  if (values.quiet) return 0;
  const report = verb === 'locate' ? locateEngine({ home }) : status(home);
  const text = 'home' in (report ?? {}) ? describe(/** @type {ReturnType<typeof status>} */ (report)) : null;
  process.stdout.write(`${values.json || text === null ? JSON.stringify(report, null, 2) : text}\n`);
  return verb === 'install' || locateEngine({ home }) ? 0 : 1;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      const expected = error instanceof SetupError || error?.code?.startsWith?.('ERR_PARSE_ARGS');
      process.stderr.write(`${expected ? error.message : (error?.stack ?? error)}\n`);
      process.exitCode = 1;
    },
  );
}
