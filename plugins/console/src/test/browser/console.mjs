// Uses the console as people do, in a real Chromium against a real server; axe looks at every room, light and dark.
/* global Buffer */
import assert from 'node:assert/strict';
import { administration } from './administration.mjs';
import { api as ask, key, keyOfAnother, look, open as openIn, person, run, signIn, url } from './browser.mjs';

const { context } = await person();
const open = () => openIn(context);
const api = (path, method, body, tenant = 'default', bearer = key) => ask(path, method, body, { tenant, bearer });

const steps = {
  async 'a wrong key is refused with what to do'() {
    const page = await open();
    await page.goto(`${url}/console/`);
    await page.getByRole('tab', { name: 'API key' }).waitFor();
    await look(page, 'sign-in');
    await signIn(page, 'aos_wrong');
    await page.getByRole('alert').getByText('tenancy:UNAUTHENTICATED').waitFor();
    await page.close();
  },

  async 'a person logs in, and has the rights of the role'() {
    const email = `vera-${Date.now()}@example.org`;
    const invited = await api('/users', 'POST', { name: 'Vera', email, kind: 'PERSON', roles: ['viewer'] });
    const accepted = await fetch(`${url}/api/v1/login/invitation`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: invited.invitation, password: 'an analytical engine' }),
    });
    assert.ok(accepted.ok, await accepted.text());
    const page = await open();
    await page.goto(`${url}/console/executions`);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill('an analytical engine');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Chat' }).count(), 0, 'a viewer does not see the chat');
    await page.goto(`${url}/console/chat`);
    await page.getByText('executions:write').waitFor();
    await look(page, 'forbidden');
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail address').waitFor();
    await page.close();
  },

  async 'an agent answers in the chat, also when the page is loaded again'(page) {
    await page.getByRole('link', { name: 'Chat' }).click();
    await page.getByLabel('Your message').waitFor();
    await look(page, 'chat-empty');
    await page.getByRole('button', { name: 'Other input' }).click();
    await page.getByLabel('Take in files').setInputFiles({ name: 'note.md', mimeType: 'text/markdown', buffer: Buffer.from('Each step is kept in a checkpoint. A killed server goes on from the last one.') });
    await page.getByRole('group', { name: /documents.* 1/ }).waitFor();
    await look(page, 'chat-input');
    await page.getByLabel('Your message').fill('What is kept when the server is killed?');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('A killed server goes on from the last one.').first().waitFor();
    await page.getByText('Succeeded').first().waitFor();
    await page.reload();
    await page.getByText('A killed server goes on from the last one.').first().waitFor();
    await page.getByText(/\d steps/).click();
    await page.getByRole('button', { name: /^retrieve/ }).click();
    await page.getByText('Wrote').waitFor();
    await look(page, 'chat');
    await page.getByRole('button', { name: 'Answer again' }).click();
    await page.getByText('2 of 2').waitFor();
    await page.reload();
    await page.getByText('2 of 2').waitFor();
    await page.getByText('What is kept when the server is killed?').waitFor();
  },

  async 'an execution is seen as graph, timeline, events and state with one selection'(page) {
    await page.getByRole('link', { name: 'Executions' }).click();
    // The newest is the answer that was asked for again.
    await page.getByRole('row').nth(2).waitFor();
    await look(page, 'executions');
    await page.getByRole('row').nth(2).getByRole('link').first().click();
    await page.getByText('Complete').waitFor();
    await page.locator('.react-flow__node').getByText('retrieve', { exact: true }).click();
    await page.getByRole('tab', { name: 'Timeline' }).waitFor();
    await page.waitForURL(/node=retrieve/);
    await look(page, 'execution');
    await page.getByRole('tab', { name: /Events/ }).click();
    await page.getByRole('button', { name: /task.started retrieve/ }).click();
    await page.getByRole('heading', { name: /Event \d+: task.started/ }).waitFor();
    await look(page, 'execution-events');
    await page.getByRole('tab', { name: 'State' }).click();
    await page.getByRole('slider').fill('3');
    await page.getByText(/Checkpoint 3 of \d/).waitFor();
    await page.getByText('/embedded').first().waitFor();
    await look(page, 'execution-state');
    await page.getByRole('button', { name: 'Fork from here' }).click();
    await look(page, 'fork');
    await page.getByRole('dialog').getByRole('button', { name: 'Fork', exact: true }).click();
    await page.getByText('Goes on from').waitFor();
    await page.getByText('Complete').waitFor();
  },

  async 'whoever opens what is not there is told so'(page) {
    await page.goto(`${url}/console/executions/exe_00000000000000000000000000`);
    await page.getByRole('alert').waitFor();
    await page.getByText('Trace id').waitFor();
    await look(page, 'not-found');
  },

  async 'a person approves a call of a tool in the inbox'(page) {
    await page.goto(`${url}/console/approvals`);
    await page.getByText('Nothing waits for you').waitFor();
    await look(page, 'approvals-empty');
    await api('/policies/ask-first', 'PUT', { rules: [{ id: 'ask', point: 'model', scope: { model: 'local/extractive' }, effect: 'REQUIRE_APPROVAL', reason: 'A person looks at each question first.', approval: { risk: 'HIGH' } }] });
    // Whoever asks does not decide.
    const asker = await keyOfAnother(`asker ${Date.now()}`, ['executions:read', 'executions:write']);
    await api('/users', 'POST', { name: 'Ida', email: `ida-${Date.now()}@example.org`, kind: 'PERSON', roles: ['approver'] });
    const input = { question: 'Who decides?', documents: [{ name: 'a.md', text: 'A person decides.' }] };
    const begun = await api('/executions', 'POST', { agent: 'pack-research/research', input }, '', asker.secret);
    await page.getByRole('row').nth(1).waitFor();
    await page.getByRole('row').nth(1).getByRole('link').click();
    await page.getByText('A person looks at each question first.').waitFor();
    await page.locator(`[title="${asker.id}"]`).getByText(asker.name).waitFor();
    await page.getByRole('link', { name: 'Approvals 1 waiting' }).waitFor();
    await look(page, 'approval');
    // What a model is asked is agreed to as it is.
    assert.equal(await page.getByRole('button', { name: 'Edit the arguments' }).count(), 0);
    await page.getByRole('button', { name: 'Delegate' }).click();
    await page.getByRole('dialog').getByLabel(/Find a person/).fill('Vera');
    await page.getByRole('radio', { name: /Vera/ }).first().waitFor();
    await page.getByRole('dialog').getByLabel(/Find a person/).fill('I');
    await page.getByRole('radio', { name: /Ida Can be chosen once the invitation is accepted/ }).and(page.locator(':disabled')).first().waitFor();
    await look(page, 'delegate', { narrow: true });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.locator('span').filter({ hasText: /^Approved$/ }).first().waitFor();
    await page.getByRole('link', { name: begun.id }).click();
    await page.getByText('Complete').waitFor();
    await page.getByText('Succeeded').first().waitFor();
    await api('/policies/ask-first', 'DELETE');
  },

  ...administration({ url, api, look, open }),

  async 'the keyboard goes everywhere, and a stop is seen from every room'(page) {
    await page.goto(`${url}/console/executions`);
    await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to a room or do something' }).waitFor();
    await page.keyboard.type('appro');
    await look(page, 'palette');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Approvals', level: 1 }).waitFor();
    await api('/kill-switches/tool/no.such', 'PUT', { reason: 'a drill' });
    await page.getByText('1 kill switch engaged').waitFor();
    await look(page, 'stopped');
    await api('/kill-switches/tool/no.such?reason=over', 'DELETE');
    await page.getByText('Nothing is stopped').waitFor();
  },

  async 'a small screen has all of it'(page) {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${url}/console/executions`);
    await page.getByRole('button', { name: 'Show the rooms' }).click();
    await look(page, 'small');
    await page.getByRole('link', { name: 'Chat' }).click();
    await page.getByLabel('Your message').waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the screen');
  },
};

const alone = Object.keys(steps).slice(0, 2);
let page;
const signedIn = async () => {
  if (!page) {
    page = await open();
    await signIn(page, key);
    await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
  }
  return page;
};
await run(Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, async () => step(alone.includes(name) ? undefined : await signedIn())])));
