import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Variant } from '../../scripts/setup/artifacts.mjs';
import { type FileServer, type Handler, serve, wholeFile } from './file-server.ts';
import { makeZip } from './make-zip.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'setup');
const FILENAME = 'tiny-1.0-py3-none-any.whl';

/** A wheel with everything that the set-up takes out of a real one, and what it must leave. */
export const WHEEL = makeZip([
  { name: 'tensorflow/libtensorflow_cc.so.2', content: 'cc '.repeat(100_000), stored: true },
  { name: 'tensorflow/libtensorflow_framework.so.2', content: 'framework' },
  { name: 'tensorflow/include/tensorflow/c/c_api.h', content: '/* header */' },
  { name: 'tensorflow/include/Eigen/Core', content: 'not needed' },
  { name: 'tensorflow/python/module.py', content: 'not needed' },
]);

export const WHEEL_SHA256 = createHash('sha256').update(WHEEL).digest('hex');

/** A variant whose one wheel is the tiny one. */
export function tinyVariant(more: Partial<Variant> = {}): Variant {
  const wheel = { project: 'tiny', filename: FILENAME, size: WHEEL.length, sha256: WHEEL_SHA256 };
  return { name: 'tensorflow-cpu-2.21.0', device: 'cpu', wheels: [wheel], diskBytes: 1e6, ...more };
}

/** A package index that serves the tiny wheel by JSON; `file` may misbehave. */
export async function serveIndex(file: Handler = wholeFile(WHEEL)): Promise<FileServer> {
  const page: Handler = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' });
    response.end(JSON.stringify({ files: [{ filename: FILENAME, url: `../../files/${FILENAME}`, hashes: {} }] }));
  };
  return await serve({ '/simple/tiny/': page, [`/files/${FILENAME}`]: file });
}

/** An environment that reaches nothing but the given index, with a compiler that makes a tiny addon. */
export function tinyEnvironment(index: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CXX: join(FIXTURES, 'compiler.sh'),
    KEEL_PYPI_INDEX: `${index}/simple`,
    KEEL_PREBUILT_STORAGE: index,
    PIP_NO_INDEX: '1',
    ...more,
  };
}

export const WHEEL_NAME = FILENAME;
