/**
 * `node scripts/ci-summary.mjs REPORT.json EXIT_CODE [REPORT.json EXIT_CODE …]`: counts the runners' JSON reports into the line
 * that ends a check. Prints no count and fails when the first runner did not come to its end, or failed without saying at
 * which test; for the runners after it, that is one failed test.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} TestFile
 * @property {string} name
 * @property {string} status
 * @property {{ status: string }[]} assertionResults
 */

/**
 * @param {string} text the runner's report
 * @param {number} exitCode the runner's
 * @returns {{ passed: number, failed: number, skipped: number } | { crash: string }}
 */
export function summarize(text, exitCode) {
  /** @type {TestFile[]} */
  let files;
  try {
    files = JSON.parse(text).testResults;
  } catch {
    return { crash: `The test runner wrote no complete report (exit code ${exitCode}).` };
  }
  if (!Array.isArray(files) || files.length === 0) return { crash: 'The test runner found no test.' };
  const statuses = files.flatMap((file) => file.assertionResults.map(({ status }) => status));
  const count = (/** @type {string} */ status) => statuses.filter((each) => each === status).length;
  // A file that does not load has no test of its own to fail: it counts as one failure.
  const unloaded = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  const passed = count('passed');
  const failed = count('failed') + unloaded.length;
  if (exitCode !== 0 && failed === 0) {
    return { crash: `The test runner ended with exit code ${exitCode} although no test failed.` };
  }
  return { passed, failed, skipped: statuses.length - passed - count('failed') };
}

/** @param {string} path */
function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The missing report is what summarize speaks of.
    return '';
  }
}

/** @param {string[]} args */
function main(args) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (let at = 0; at < args.length; at += 2) {
    const summary = summarize(textOf(args[at] ?? ''), Number(args[at + 1] ?? '1'));
    if ('crash' in summary) process.stderr.write(`${summary.crash}\n`);
    if ('crash' in summary && at === 0) {
      process.exitCode = 1;
      return;
    }
    const { passed, failed, skipped } = 'crash' in summary ? { passed: 0, failed: 1, skipped: 0 } : summary;
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
