import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Locations of the app's parts. */
export interface AppPlaces {
  /** A real Node executable; it runs the host and the engines. */
  readonly node: string;
  readonly hostEntry: string;
  readonly pageFolder: string;
  readonly preload: string;
}

interface AppFacts {
  readonly isPackaged: boolean;
  /** The folder of the app's package.json. */
  readonly appPath: string;
  readonly resourcesPath: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

const HOST_ENTRY = join('src-main', 'desktop', 'host', 'process.ts');

function developmentNode({ appPath, environment, platform }: AppFacts): string {
  const name = platform === 'win32' ? 'node.exe' : 'node';
  const pinned = join(
    appPath,
    'node_modules',
    `node-${platform === 'win32' ? 'win' : platform}-${process.arch}`,
    'bin',
    name,
  );
  return environment.KEEL_NODE ?? (existsSync(pinned) ? pinned : name);
}

/** In a packaged app, sources and Node are real files next to the archive: a real Node cannot read inside it. */
export function findAppPlaces(facts: AppFacts): AppPlaces {
  const { isPackaged, appPath, resourcesPath, platform } = facts;
  const built = {
    pageFolder: join(appPath, 'dist', 'renderer'),
    preload: join(appPath, 'out', 'preload', 'preload.cjs'),
  };
  if (!isPackaged) return { ...built, node: developmentNode(facts), hostEntry: join(appPath, HOST_ENTRY) };
  const keel = join(resourcesPath, 'keel');
  const node = join(keel, 'node', platform === 'win32' ? 'node.exe' : join('bin', 'node'));
  return { ...built, node, hostEntry: join(keel, HOST_ENTRY), pageFolder: join(keel, 'dist', 'renderer') };
}
