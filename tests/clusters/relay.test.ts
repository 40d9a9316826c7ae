import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openChannel } from '../../src-main/engine/workers/channel.ts';

/**
 * Rank 0 of a group over the relay, as `ray_group.py` has it, without Ray: answers each request with as many characters
 * as it has taken. A request to remove `lost` is not answered: the next incarnation takes over; after one to remove
 * `twice`, one more is lost before the engine has found it.
 */
const RANK_ZERO = `
import json, signal, sys
signal.alarm(60)
sys.path.insert(0, sys.argv[2])
from keel_torch.ray_relay import Relay
relay = Relay(sys.argv[1])
incarnation = relay.attach()
while (line := relay.next_line(incarnation)) is not None:
    request = json.loads(line)
    older = incarnation
    if request.get("prefix") in ("lost", "twice"):
        incarnation = relay.attach()
        if request["prefix"] == "twice":
            incarnation = relay.attach()
        relay.answer(older, "what an older group says is dropped")
        assert relay.next_line(older) is None
    else:
        relay.answer(incarnation, json.dumps({"kind": "data", "data": "x" * len(line)}))
print(incarnation)
`;

const PROGRAMS = join(import.meta.dirname, '../../resources/cluster');
const look = async () => undefined;

function startRankZero() {
  const folder = mkdtempSync(join(tmpdir(), 'keel-relay-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const child = spawn('python3', ['-c', RANK_ZERO, folder, PROGRAMS], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<string>((resolve) => child.on('close', () => resolve(said.trim())));
  return { folder, ended };
}

const read = (name: string) => ({ kind: 'read' as const, name, start: 0, count: 1 });
const remove = (prefix: string) => ({ kind: 'remove' as const, prefix });
const lost = expect.objectContaining({ code: 'workers_lost' });

test('lines pass between an engine and its workers; after a loss, the engine sees an end and meets the next group', async () => {
  const { folder, ended } = startRankZero();
  const first = await openChannel(folder, 1, look);
  for (const length of [1, 3_000_000, 7]) {
    const request = read('v'.repeat(length));
    expect(first.ask(request, 'data').data).toHaveLength(JSON.stringify(request).length);
  }
  expect(() => first.ask(remove('lost'), 'done')).toThrow(lost);
  // Nobody reads this any more, and it must not wait for a reader.
  expect(() => first.ask(read('v'.repeat(3_000_000)), 'data')).toThrow(lost);
  first.close();

  const second = await openChannel(folder, 2, look);
  expect(second.ask(read('w'), 'data').data.length).toBeGreaterThan(0);
  expect(() => second.ask(remove('twice'), 'done')).toThrow(lost);
  second.close();

  const third = await openChannel(folder, 3, look);
  expect(() => third.ask(read('w'), 'data')).toThrow(lost);
  third.close();

  const fourth = await openChannel(folder, 4, look);
  expect(fourth.ask(read('w'), 'data').data.length).toBeGreaterThan(0);
  fourth.close();
  expect(await ended).toBe('4');
});
