import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keel, workplace } from './keel-process.ts';

const losses = (lines: readonly Record<string, unknown>[]) =>
  lines
    .filter((line) => line.type === 'metrics')
    .map((line) => [line.step, (line.metrics as Record<string, number>).loss] as const);

describe('keel run', () => {
  test('--json streams metrics as lines and ends with a summary', async () => {
    const { code, lines } = await keel(workplace(), ['run', 'tiny.yaml', '--json'], { steps: 3 }).ended;
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({ type: 'started', run: expect.stringMatching(/^\d{8}-\d{6}-tiny$/) });
    expect(losses(lines)).toEqual([
      [1, 1],
      [2, 1 / 2],
      [3, 1 / 3],
    ]);
    expect(lines.at(-1)).toMatchObject({
      type: 'summary',
      state: 'finished',
      step: 3,
      summary: { steps: 3 },
      error: null,
    });
  });

  test('tells of all faults of a config together, starts nothing, and exits with 1', async () => {
    const place = workplace();
    const { code, lines } = await keel(place, ['run', 'tiny.yaml', '--json', '--set', 'foo=1', '--set', 'seed=-3'])
      .ended;
    expect(code).toBe(1);
    const error = lines.at(-1)?.error as { code: string; faults: { where: string }[] };
    expect([error.code, error.faults.map((fault) => fault.where).sort()]).toEqual(['config_invalid', ['foo', 'seed']]);
    expect((await keel(place, ['runs', 'list', '--json']).ended).out.trim()).toBe('[]');
  });

  test('Ctrl-C checkpoints, stops and exits with 130; resume ends with the same numbers', async () => {
    const place = workplace();
    const run = keel(place, ['run', 'tiny.yaml', '--json'], { steps: 60, stepMilliseconds: 15, checkpointEvery: 1000 });
    await run.seen('"step":3');
    run.child.kill('SIGINT');
    const { code, lines, err } = await run.ended;
    expect([code, lines.at(-1)?.state]).toEqual([130, 'stopped']);
    expect(err).toContain('Stopping with a checkpoint');
    const resumed = await keel(place, ['resume', 'latest', '--json'], { steps: 60 }).ended;
    expect([resumed.code, resumed.lines.at(-1)?.state]).toEqual([0, 'finished']);
    const all = [...losses(lines), ...losses(resumed.lines)];
    expect(all).toEqual(Array.from({ length: 60 }, (_, index) => [index + 1, 1 / (index + 1)]));
  });

  test('a second Ctrl-C ends it at once', async () => {
    const run = keel(workplace(), ['run', 'tiny.yaml'], { at: 2, fault: 'silence', steps: 9 });
    await run.seen('training');
    run.child.kill('SIGINT');
    await run.seen('Press Ctrl-C again to stop immediately');
    run.child.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
  });

  test('a program that is killed takes no rows with it: the run is interrupted and can be resumed', async () => {
    const place = workplace();
    const run = keel(place, ['run', 'tiny.yaml', '--json'], { steps: 90, stepMilliseconds: 15 });
    await run.seen('"step":5');
    run.child.kill('SIGKILL');
    await run.ended;
    const listed = JSON.parse((await keel(place, ['runs', 'list', '--json']).ended).out);
    expect(listed).toMatchObject([{ state: 'interrupted', error: { code: 'host_ended' } }]);
    const resumed = await keel(place, ['resume', 'latest', '--json'], { steps: 8 }).ended;
    expect([resumed.code, resumed.lines.at(-1)?.state]).toEqual([0, 'finished']);
    expect(resumed.out).not.toContain('resume_mismatch');
  });
});

describe('a pipeline', () => {
  const PIPELINE = `recipe: pipeline
name: two
stages:
  sft: { model: some/model, data: { files: [data.jsonl] } }
  reward_model: { model: "stage:sft/policy", data: { files: [pairs.jsonl] } }
`;

  test('that was interrupted says at its end, in the list and by itself where a resume goes on', async () => {
    const place = workplace();
    writeFileSync(join(place.folder, 'two.yaml'), PIPELINE);
    const broken = { steps: 4, at: 3, fault: 'kill' };
    const first = await keel(place, ['run', 'two.yaml'], broken).ended;
    expect(first.code).toBe(1);
    expect(first.out).toMatch(/^Resume at stage 1 of 2 \(sft\) from step 2: keel resume \d{8}-\d{6}-two$/m);
    await keel(place, ['resume', 'two'], broken).ended;
    const list = (await keel(place, ['runs', 'list']).ended).out;
    expect(list).toMatch(/-two +pipeline +interrupted .* stage 2 of 2 \(reward_model\), step 2$/m);
    const shown = (await keel(place, ['runs', 'show', 'two']).ended).out;
    expect(shown).toMatch(/^resume +resume at stage 2 of 2 \(reward_model\) from step 2: keel resume \S+-two$/m);
    const ended = await keel(place, ['resume', 'two'], { steps: 4 }).ended;
    expect([ended.code, ended.out.includes('esume at')]).toEqual([0, false]);
  });

  test('that is paused is paused in the list, by itself and for who watches it', async () => {
    const place = workplace();
    writeFileSync(join(place.folder, 'two.yaml'), PIPELINE);
    const run = keel(place, ['run', 'two.yaml'], { steps: 40_000, stepMilliseconds: 15 });
    await run.seen('training');
    const watcher = keel(place, ['runs', 'watch', 'two']);
    await watcher.seen('training');
    expect((await keel(place, ['runs', 'pause', 'two']).ended).code).toBe(0);
    await Promise.all([run.seen('two-sft: paused'), watcher.seen('two-sft: paused')]);
    const list = (await keel(place, ['runs', 'list']).ended).out;
    expect(list).toMatch(/-two +pipeline +paused /);
    expect(list).not.toContain('running');
    expect((await keel(place, ['runs', 'show', 'two']).ended).out).toMatch(
      /^state +paused: Paused at your request\.$/m,
    );
    await keel(place, ['runs', 'stop', 'two']).ended;
    expect([(await run.ended).code, (await watcher.ended).code]).toEqual([130, 130]);
  });
});

describe('a second shell', () => {
  test('attaches to the first: it sees its run, waits for the device, and steers it', async () => {
    const place = workplace();
    const first = keel(place, ['run', 'tiny.yaml', '--json'], { steps: 4000, stepMilliseconds: 15 });
    await first.seen('"step":2');
    const listed = JSON.parse((await keel(place, ['runs', 'list', '--json']).ended).out);
    expect(listed).toMatchObject([{ state: 'running' }]);
    const second = keel(place, ['run', 'tiny.yaml', '--name', 'next', '--json']);
    await second.seen('started');
    const stopped = await keel(place, ['runs', 'stop', listed[0].id, '--json']).ended;
    expect([stopped.code, JSON.parse(stopped.out).id]).toEqual([0, listed[0].id]);
    // Its engine is as slow, since the first shell's host runs it.
    await second.seen('"step":2');
    await keel(place, ['runs', 'stop', 'latest']).ended;
    expect((await second.ended).lines.at(-1)).toMatchObject({ type: 'summary', state: 'stopped' });
    expect((await first.ended).lines.at(-1)).toMatchObject({ type: 'summary', state: 'stopped' });
  });

  test('learns that its host was killed, and how to go on', async () => {
    const place = workplace();
    const first = keel(place, ['run', 'tiny.yaml', '--json'], { steps: 4000, stepMilliseconds: 15 });
    await first.seen('"step":2');
    const watcher = keel(place, ['runs', 'watch', 'latest', '--json']);
    await watcher.seen('"step":2');
    first.child.kill('SIGKILL');
    const { code, lines } = await watcher.ended;
    expect([code, lines.at(-1)?.type]).toEqual([1, 'error']);
    expect(lines.at(-1)?.error).toMatchObject({ code: 'host_lost', fix: expect.stringContaining('keel resume') });
  });
});

describe('everything else', () => {
  test('score answers JSON lines in order, from standard input', async () => {
    const { code, lines } = await keel(
      workplace(),
      ['score', '--model', 'm', '--input', '-'],
      {},
      '{"text":"a"}\n\n{"text":"b"}\n',
    ).ended;
    expect(code).toBe(0);
    expect(lines).toEqual([
      { ids: [1, 2], logprobs: [-1], of: { text: 'a' } },
      { ids: [1, 2], logprobs: [-1], of: { text: 'b' } },
    ]);
  });

  test('an engine that crashes in a short job is told with its cause', async () => {
    const { code, err } = await keel(
      workplace(),
      ['score', '--model', 'm', '--input', '-'],
      { at: 0, fault: 'abort' },
      '{}',
    ).ended;
    expect(code).toBe(1);
    expect(err).toContain('The engine crashed (SIGABRT)');
    expect(err).not.toMatch(/resume/i);
  });

  test('runs delete moves a run into the trash, restore brings it back, --now deletes it for good', async () => {
    const place = workplace();
    await keel(place, ['run', 'tiny.yaml'], { steps: 1 }).ended;
    const deleted = await keel(place, ['runs', 'delete', 'latest']).ended;
    expect([deleted.code, deleted.out]).toEqual([0, expect.stringContaining('keel runs restore')]);
    expect((await keel(place, ['runs', 'list']).ended).out).toContain('No runs yet');
    expect((await keel(place, ['runs', 'restore', 'latest']).ended).out).toContain('Restored ');
    const gone = JSON.parse((await keel(place, ['runs', 'delete', 'latest', '--now', '--json']).ended).out);
    expect(gone).toMatchObject({ removed: [expect.stringMatching(/-tiny$/)], isRestorable: false });
    expect(gone.bytes).toBeGreaterThan(0);
    expect((await keel(place, ['runs', 'trash']).ended).out).toContain('The trash is empty');
  });
});
