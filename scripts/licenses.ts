/**
 * Writes `resources/licenses.json`: name, version, license and license text of every package that Keel ships, from the
 * lock file and the installed packages. A test holds the file to the lock file.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET = join(ROOT, 'resources', 'licenses.json');

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
}

export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Where it is installed, relative to the repository. */
  readonly place: string;
}

function licenseOf(place: string, locked: Locked): string {
  if (locked.license) return locked.license;
  const path = join(ROOT, place, 'package.json');
  const told = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { license?: unknown }).license : undefined;
  return typeof told === 'string' ? told : 'unknown';
}

/** Packages that are no tool of the developers', one a name and version, sorted. */
export function shippedPackages(): readonly ShippedPackage[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const shipped = Object.entries(lock.packages).flatMap(([place, locked]) => {
    if (place === '' || locked.dev || locked.devOptional || locked.optional || !locked.version) return [];
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    return [{ name, version: locked.version, license: licenseOf(place, locked), place }];
  });
  const unique = new Map(shipped.map((one) => [`${one.name}@${one.version}`, one]));
  return [...unique.values()].sort((one, other) => {
    if (one.name !== other.name) return one.name < other.name ? -1 : 1;
    return one.version < other.version ? -1 : 1;
  });
}

function licenseText(place: string): string | null {
  const folder = join(ROOT, place);
  if (!existsSync(folder)) return null;
  const file = readdirSync(folder)
    .sort()
    .find((name) => /^(licen[cs]e|copying)([-.].*)?$/i.test(name));
  return file ? readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim() : null;
}

function licensesFile(): string {
  const texts: string[] = [];
  const packages = shippedPackages().map(({ name, version, license, place }) => {
    const text = licenseText(place);
    if (text !== null && !texts.includes(text)) texts.push(text);
    return { name, version, license, text: text === null ? null : texts.indexOf(text) };
  });
  return `${JSON.stringify({ packages, texts }, null, 1)}\n`;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  writeFileSync(TARGET, licensesFile());
}
