import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRuntime } from '#engine/runtime/start-runtime.ts';
import { makeTinyWorld, type TinyWorld } from './tiny-world.ts';

export interface FreshTinyWorld {
  readonly world: TinyWorld;
  /** Removes its folder; what `beforeAll` returns is run after the last test. */
  readonly remove: () => void;
}

/** A tiny world in a folder of its own. */
export async function freshTinyWorld(): Promise<FreshTinyWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'keel-world-'));
  const runtime = await startRuntime({ binding: process.env.KEEL_ENGINE_BINDING || null, mode: 'eager' });
  const world = makeTinyWorld(runtime, folder);
  runtime.dispose();
  return { world, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
