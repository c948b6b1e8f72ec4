// The agent of pack-research whose model a test makes slow: how it is asked in the chat, and the levers of that test.
//   LEVERS: an address of the test; what a lever does, the test says
import assert from 'node:assert/strict';
import process from 'node:process';
import { url } from './browser.mjs';

export const AGENT = 'pack-research/research';
export const DOCUMENTS = { documents: [{ name: 'note.md', text: 'Each step is kept in a checkpoint. A killed server goes on from the last one.' }] };

/** Pulls a lever of the test, and returns what it says. */
export async function pull(lever) {
  const answer = await fetch(`${process.env.LEVERS}/${lever}`);
  const said = await answer.text();
  assert.ok(answer.ok, said);
  return said;
}

/** The last answer of a conversation. */
export const answer = (page) => page.locator('article').last();

/** Fills in a question in a conversation of its own. */
export async function question(page, text) {
  await page.goto(`${url}/console/chat?agent=${encodeURIComponent(AGENT)}`);
  await page.getByLabel('Your message').waitFor();
  await page.getByRole('button', { name: 'Other input' }).click();
  await page.getByRole('button', { name: 'As JSON' }).click();
  await page.getByRole('textbox', { name: 'Other input' }).fill(JSON.stringify(DOCUMENTS));
  await page.getByLabel('Your message').fill(text);
}

/** Sends what is filled in. */
export const send = (page) => page.getByRole('button', { name: 'Send' }).click();
