/**
 * `node scripts/ci-summary.mjs REPORT.json EXIT_CODE`: counts the runner's JSON report into the line that ends a check.
 * Prints no count and fails when the runner did not come to its end, or failed without saying at which test.
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

/** @param {string[]} args */
function main([path = '', exitCode = '1']) {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // The missing report is what summarize speaks of.
  }
  const summary = summarize(text, Number(exitCode));
  if ('crash' in summary) {
    process.stderr.write(`${summary.crash}\n`);
    process.exitCode = 1;
    return;
  }
  process.stdout.write(`${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped\n`);
  process.exitCode = summary.failed > 0 ? 1 : 0;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
