import type { SystemReport } from '#contract/api/system-report.ts';
import { describePrecision, describeTuning } from '#contract/describe-tuning.ts';
import { formatBytes, formatFixed } from '#contract/format.ts';
import { describeLargest } from '#contract/memory/what-fits.ts';

const LABEL_WIDTH = 12;

function describeEngine({ engine }: SystemReport): string {
  if (engine.variant === null) return 'none';
  if (engine.problem !== null) return `${engine.variant}, does not work`;
  const tensorflow = engine.tensorflowVersion ? `TensorFlow ${engine.tensorflowVersion}` : 'pure JavaScript';
  const speed = engine.gigaflops === null ? '' : `, ${formatFixed(engine.gigaflops, 1)} GFLOP/s`;
  return `${engine.variant} (${tensorflow}, ${engine.device}${speed})`;
}

function describeSettingsOf({ engine }: SystemReport): string {
  if (engine.tuning) return describeTuning(engine.tuning);
  return 'defaults; to find the fastest settings for this machine: npm run keel -- engine tune';
}

/** What the machine can train, a line for each kind of recipe. */
function describeFits({ fits }: SystemReport): readonly string[] {
  const lines = fits.methods.map((method) => `  ${method.titles.join(', ')}: ${describeLargest(method)}`);
  return [`Largest models to train, predicted for ${fits.workload}:`, ...lines];
}

/** Formats the report of {@link checkSystem} for a terminal: facts first, then problems and how to fix them. */
export function renderSystemReport(report: SystemReport): string {
  const { node, processor, memory, disk, sqlite, electron, compiler, platform } = report;
  const rows = [
    ['Engine', describeEngine(report)],
    ...(report.engine.backend === 'tensorflow'
      ? [
          ['Settings', describeSettingsOf(report)],
          ['Precision', describePrecision(report.engine)],
        ]
      : []),
    ['Node', `${node.version} (${platform})`],
    ['Processor', `${processor.model}, ${processor.count} threads`],
    ['Memory', `${formatBytes(memory.available)} available of ${formatBytes(memory.total)}`],
    ['Disk', `${disk.free === null ? 'unknown' : formatBytes(disk.free)} free in ${disk.folder}`],
    ['SQLite', sqlite.version ?? 'cannot be loaded'],
    ['Electron', electron.version ?? 'not installed'],
    ['Compiler', compiler.name ?? 'none'],
  ];
  const facts = rows.map(([label = '', value]) => `${label.padEnd(LABEL_WIDTH)}${value}`);
  const faults = report.findings.map(({ level, what, why, fix }) => `${level}: ${what}: ${why}\n  ${fix}`);
  const verdict = report.healthy ? 'Ready.' : 'Not ready: fix the errors above.';
  return [...facts, '', ...describeFits(report), '', ...faults, verdict].join('\n');
}
