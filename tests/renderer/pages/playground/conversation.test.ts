import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { openHost } from '../../../../src-main/attach/open-host.ts';
import { ROOT } from '../../../architecture/source-tree.ts';
import { openApp } from '../../support/app.ts';
import { layoutFaults } from '../../support/layout-faults.ts';
import { pick } from '../../support/pick.ts';

const PATIENT = { timeout: 180_000 };
const TEMPLATE =
  "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}" +
  '{% if add_generation_prompt %}assistant:{% endif %}';

/** A data folder with the starter policy in its library under another name, and with a chat template. */
async function homeWithChat(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'keel-chat-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(ROOT, 'resources/starter/policy'), join(folder, 'talker'), { recursive: true });
  writeFileSync(join(folder, 'talker', 'chat_template.jinja'), TEMPLATE);
  const home = join(folder, 'home');
  mkdirSync(home);
  const host = await openHost({ home });
  for await (const message of await host.client.models.add({ folder, path: 'talker' })) expect(message).toBeDefined();
  await host.close();
  return home;
}

test('a conversation goes on turn by turn with the chat template; prompts to begin with', {
  timeout: 400_000,
}, async () => {
  const { page, open, complaints } = await openApp({ home: await homeWithChat() });
  await open('/playground');
  await pick(page, 'Left model', 'talker');
  await pick(page, 'Right model', 'None');

  const [first] = gunzipSync(readFileSync(join(ROOT, 'resources/starter/prompts-held-out.jsonl.gz')))
    .toString('utf8')
    .split('\n');
  const prompt = page.getByRole('textbox', { name: 'Prompt' });
  await page.getByRole('group', { name: 'Example prompts' }).getByRole('button').first().click();
  expect(await prompt.inputValue()).toBe((JSON.parse(first!) as { prompt: string }).prompt);

  await prompt.fill('My lamp broke.');
  await page.getByLabel('Max new tokens').fill('5');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'Generate', exact: true }).click();
  const one = page.getByRole('article', { name: 'Exchange 1' });
  await one.getByRole('button', { name: 'Continue' }).click(PATIENT);
  const answer = (await one.locator('.text').textContent()) ?? '';
  await page.getByText('Continues exchange 1').waitFor();
  expect(await prompt.evaluate((element) => element.matches(':focus'))).toBe(true);
  await prompt.fill('And my chair?');
  await page.getByRole('button', { name: 'Generate', exact: true }).click();
  const two = page.getByRole('article', { name: 'Exchange 2' });
  await two.getByText('Turn 2 of a conversation').waitFor();
  await two.getByRole('button', { name: 'Continue' }).waitFor(PATIENT);
  await two.getByText('Exact text sent').click();
  // The template of the model, by hand.
  const sent = `user: My lamp broke.\nassistant: ${answer}\nuser: And my chair?\nassistant:`;
  expect(await two.locator('.sent').textContent()).toBe(sent);
  expect(await layoutFaults(page)).toEqual([]);

  // Another model begins another conversation.
  await pick(page, 'Left model', 'Starter policy');
  await page.getByText('Continues exchange 2').waitFor({ state: 'detached' });
  expect(await two.getByRole('button', { name: 'Continue' }).count()).toBe(0);
  expect(complaints).toEqual([]);
});
