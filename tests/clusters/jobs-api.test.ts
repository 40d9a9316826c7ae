import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { submitJob } from '../../src-main/clusters/jobs-api.ts';

const JOB = {
  ...{ id: 'job', entrypoint: 'true', workingFolder: 'folder', environment: {}, metadata: {} },
  ...{ cpus: 1, gpus: 0, memoryBytes: 0 },
};
/** As Ray 2.60 answers while its agent is not up. */
const NO_AGENT = `Traceback (most recent call last):
  File "ray/dashboard/modules/job/job_head.py", line 1, in submit_job
Exception: No available agent to submit job, please try again later.`;

/** A dashboard that gives these answers, one a call, and the last one from then on. */
async function dashboard(answers: readonly (readonly [number, string])[]) {
  let calls = 0;
  const server = createServer((request, response) => {
    const [status, body] = answers[Math.min(calls, answers.length - 1)]!;
    calls += 1;
    request.resume().on('end', () => response.writeHead(status).end(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { address: { name: 'lab', url: `http://127.0.0.1:${port}`, token: null }, calls: () => calls };
}

test('a cluster that has just started gets the job when its agent is up', async () => {
  const { address, calls } = await dashboard([
    [500, NO_AGENT],
    [500, NO_AGENT],
    [200, '{}'],
  ]);
  await submitJob(address, JOB, new AbortController().signal);
  expect(calls()).toBe(3);
});

test('another refusal is told at once', async () => {
  const { address, calls } = await dashboard([[500, 'Traceback\nValueError: no such field']]);
  await expect(submitJob(address, JOB, new AbortController().signal)).rejects.toMatchObject({
    code: 'cluster_refused',
    why: 'The cluster lab answered 500 to POST /api/jobs/: ValueError: no such field',
  });
  expect(calls()).toBe(1);
});

test('a run that is ended meanwhile is not submitted later', async () => {
  const { address, calls } = await dashboard([[500, NO_AGENT]]);
  const ending = new AbortController();
  const submitted = submitJob(address, JOB, ending.signal);
  await expect.poll(calls).toBe(1);
  ending.abort();
  await expect(submitted).rejects.toMatchObject({ name: 'AbortError' });
  expect(calls()).toBe(1);
});
