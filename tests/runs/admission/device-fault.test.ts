import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { engineFolder } from '#setup/data-folder.mjs';
import { deviceFault } from '../../../src-main/runs/admission/device-fault.ts';

const home = mkdtempSync(join(tmpdir(), 'keel-device-'));
afterAll(() => rmSync(home, { recursive: true }));
const GPU = { engine: { device: 'gpu' } };

/** A `nvidia-smi` that answers as one with a driver does. */
function withDriver(): NodeJS.ProcessEnv {
  writeFileSync(join(home, 'nvidia-smi'), '#!/bin/sh\necho "GPU 0: Made up"\n', { mode: 0o755 });
  return { PATH: `${home}:${process.env.PATH}` };
}

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('a config that requires a GPU', () => {
  it.skipIf(existsSync('/proc/driver/nvidia/version'))('is refused on a machine without one', () => {
    expect(deviceFault({ home, environment: { PATH: '/nowhere' } }, GPU)).toEqual({
      where: 'engine.device',
      code: 'device_missing',
      why: 'is gpu, but no NVIDIA driver responds on this machine',
      fix: 'Set engine.device to auto or cpu.',
    });
  });

  it('is refused with an engine that computes on the CPU', () => {
    mkdirSync(engineFolder(home));
    const choice = { backend: 'javascript', variant: 'javascript', ladder: [] };
    writeFileSync(join(engineFolder(home), 'choice.json'), JSON.stringify(choice));
    expect(deviceFault({ home, environment: withDriver() }, GPU)).toMatchObject({
      where: 'engine.device',
      why: expect.stringMatching(/the engine in use, javascript, computes on the CPU$/),
      fix: expect.stringContaining('keel engine --help'),
    });
  });

  it('is accepted where an engine is named, and nothing is asked of others', () => {
    const named = { ...withDriver(), KEEL_ENGINE_BINDING: '/engine.node' };
    expect(deviceFault({ home, environment: named }, GPU)).toBeNull();
    const nowhere = { home, environment: { PATH: '/nowhere' } };
    expect(
      [{ engine: { device: 'auto' } }, { engine: { device: 'cpu' } }, {}].map((config) => deviceFault(nowhere, config)),
    ).toEqual([null, null, null]);
  });
});
