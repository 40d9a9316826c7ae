import type { Finding, SystemReport } from '#contract/api/system-report.ts';
import { formatBytes } from '#contract/format.ts';

const LOW_DISK = 2e9;
const FULL_DISK = 64e6;
const LOW_MEMORY = 1.5e9;
const INSTALL_ENGINE = 'npm run keel -- engine install';

/** The observed facts, before they are evaluated. */
export type Observation = Omit<SystemReport, 'healthy' | 'findings' | 'fits'>;

type Rule = (seen: Observation) => Finding | null;

const engineMissing: Rule = ({ engine }) =>
  engine.variant === null
    ? { level: 'error', what: 'Engine', why: 'No engine is set up, so nothing can be computed.', fix: INSTALL_ENGINE }
    : null;

const engineBroken: Rule = ({ engine }) =>
  engine.variant !== null && engine.problem !== null
    ? {
        level: 'error',
        what: 'Engine',
        why: `The engine ${engine.variant} does not work: ${engine.problem}`,
        fix: `${INSTALL_ENGINE} --force`,
      }
    : null;

const engineSlow: Rule = ({ engine }) =>
  engine.backend === 'javascript'
    ? {
        level: 'warning',
        what: 'Engine',
        why: 'Computing in pure JavaScript, which is about a hundred times slower than TensorFlow.',
        fix: INSTALL_ENGINE,
      }
    : null;

const sqliteUnsound: Rule = ({ sqlite }) =>
  sqlite.sound
    ? null
    : {
        level: 'error',
        what: 'SQLite',
        why: sqlite.version
          ? `SQLite ${sqlite.version} can damage the run store; version 3.51.3 or newer is required, except 3.52.0.`
          : 'better-sqlite3 cannot be loaded.',
        fix: 'npm ci',
      };

const compilerMissing: Rule = ({ compiler, engine }) =>
  compiler.name === null
    ? {
        level: engine.backend === 'tensorflow' ? 'note' : 'warning',
        what: 'C++ compiler',
        why: 'Not found. It is needed once, to set up the engine.',
        fix: 'Debian: apt install g++',
      }
    : null;

const electronMissing: Rule = ({ electron }) =>
  electron.version === null
    ? {
        level: 'note',
        what: 'Electron',
        why: 'Not installed. The command line works without it.',
        fix: 'No action needed: this version has no window yet.',
      }
    : null;

const diskFull: Rule = ({ disk }) =>
  disk.free !== null && disk.free < FULL_DISK
    ? {
        level: 'error',
        what: 'Disk',
        why: `${disk.folder} has ${formatBytes(disk.free)} free: active runs wait for disk, and new runs cannot start.`,
        fix:
          `Free at least ${formatBytes(FULL_DISK - disk.free, 'ceil')}: keel runs delete RUN --now, ` +
          'or delete other files on that disk.',
      }
    : null;

const diskLow: Rule = ({ disk }) =>
  disk.free !== null && disk.free >= FULL_DISK && disk.free < LOW_DISK
    ? {
        level: 'warning',
        what: 'Disk',
        why: `${disk.folder} has less than 2 GB free, and runs keep their checkpoints there.`,
        fix: 'keel runs delete RUN, or set KEEL_HOME to a folder on a larger disk.',
      }
    : null;

const memoryLow: Rule = ({ memory }) =>
  memory.available < LOW_MEMORY
    ? {
        level: 'warning',
        what: 'Memory',
        why: 'Less than 1.5 GB is available, and a small run needs about that.',
        fix: 'Close other programs, or choose a smaller model and batch.',
      }
    : null;

const homeExposed: Rule = ({ exposed, disk }) =>
  exposed.length > 0
    ? {
        level: 'warning',
        what: 'Data folder',
        why: `Other users of this machine can access ${exposed.join(', ')}.`,
        fix:
          'Keel restricts access at every start. If that has no effect, the file system does not support ' +
          `permissions, or ${disk.folder} belongs to another user. Set KEEL_HOME to a folder of your own.`,
      }
    : null;

const RULES: readonly Rule[] = [
  engineMissing,
  engineBroken,
  engineSlow,
  sqliteUnsound,
  compilerMissing,
  electronMissing,
  homeExposed,
  diskFull,
  diskLow,
  memoryLow,
];

/** Missing or faulty parts, each with the command that fixes it, the most severe first. */
export function findFaults(seen: Observation): Finding[] {
  const gravity = { error: 0, warning: 1, note: 2 };
  const findings = RULES.map((rule) => rule(seen)).filter((finding) => finding !== null);
  return findings.sort((one, other) => gravity[one.level] - gravity[other.level]);
}
