// From the door to the answer: sign in, find pack-research, see what it may do, install it, enable it for a tenant, ask
// its agent, watch the graph, have another person approve a call of a tool, and read the result. Once with a pointer and
// once with the keyboard alone.
import assert from 'node:assert/strict';
import { api, install, key, look, member, person, PASSWORD, run, succeeded, url } from './browser.mjs';
import { keyboard, mouse } from './hands.mjs';
import { DOCUMENTS } from './research.mjs';

const QUESTION = 'What is kept when the server is killed?';
const ANSWER = 'A killed server goes on from the last one.';
const PACK = 'pack-research';

const dialog = (page) => page.getByRole('dialog');

async function signInAsPerson(hand, email) {
  const { page } = hand;
  await page.goto(`${url}/console/`);
  await hand.type(page.getByLabel('E-mail address'), email);
  await hand.type(page.getByLabel('Password'), PASSWORD);
  await hand.press(page.getByRole('button', { name: 'Sign in', exact: true }));
  await page.getByRole('button', { name: 'Your account' }).waitFor();
}

async function signInWithKey(hand, secret) {
  const { page } = hand;
  await page.goto(`${url}/console/`);
  await hand.tab(page.getByRole('tab', { name: 'API key' }));
  await hand.type(page.getByRole('textbox', { name: 'API key' }), secret);
  await hand.press(page.getByRole('button', { name: 'Sign in', exact: true }));
  await page.getByRole('button', { name: 'Your account' }).waitFor();
}

/** Finds the pack and installs it, after refusing once. */
async function installed(hand) {
  const { page } = hand;
  await hand.room('Store');
  await hand.enter(page.getByRole('searchbox', { name: 'Search' }), 'research');
  await page.waitForURL(/q=research/);
  await hand.press(page.getByRole('link', { name: /Research/ }).filter({ hasText: 'Agents' }));
  await page.getByText('What it may do when you agree').waitFor();
  const button = page.getByRole('button', { name: 'Install', exact: true });
  await hand.press(button);
  await dialog(page).getByText('Why: reads and splits documents').waitFor();
  await dialog(page).getByText('Comes along, because it is needed').waitFor();
  if (hand.trapped) await hand.trapped(button);
  else await hand.press(dialog(page).getByRole('button', { name: 'Refuse' }));
  assert.ok(!(await api('/plugins')).items.some((plugin) => plugin.id === PACK), 'what is refused is not installed');
  await hand.press(button);
  await hand.press(dialog(page).getByRole('button', { name: 'Agree and install' }));
  await page.getByText('Done', { exact: true }).waitFor();
}

async function enabled(hand) {
  const { page } = hand;
  // What was installed leads to what comes next.
  await hand.press(page.getByRole('link', { name: 'Enable it for a tenant' }));
  await page.getByRole('heading', { name: 'Packs', level: 1 }).waitFor();
  await hand.press(page.getByRole('link', { name: /Research of default: Not enabled/ }));
  await hand.press(page.getByRole('button', { name: 'Enable with this configuration' }));
  await dialog(page).getByText('New agent').waitFor();
  await hand.press(dialog(page).getByRole('button', { name: 'Enable', exact: true }));
  await hand.press(page.getByRole('link', { name: 'Try it' }));
}

/** Asks in the chat, and goes to the graph, which waits where the tool is called; returns the execution's id. */
async function asked(hand, name) {
  const { page } = hand;
  await page.getByLabel('Your message').waitFor();
  await hand.press(page.getByRole('button', { name: 'Other input' }));
  await hand.press(page.getByRole('button', { name: 'As JSON' }));
  await hand.type(page.getByRole('textbox', { name: 'Other input' }), JSON.stringify(DOCUMENTS));
  await hand.enter(page.getByLabel('Your message'), QUESTION);
  // What comes in pushes the link away from under the pointer.
  await page.getByText('What runs when you approve').first().waitFor();
  await hand.press(page.getByRole('link', { name: 'Open the execution' }));
  await page.waitForURL(/\/executions\/exe_/);
  await node(page, 'ingest', 'Waiting').waitFor();
  await look(page, `path-${name}-waits`);
  return /exe_[a-z0-9]+/.exec(page.url())[0];
}

const node = (page, id, state) => page.locator('.react-flow__node').and(page.getByLabel(`${id} ${state}`));

/** Whoever asked does not decide: the server refuses it. */
async function approvedByAsker(hand) {
  const { page } = hand;
  await hand.room('Approvals');
  await hand.press(page.getByRole('link', { name: 'documents.split' }));
  await hand.press(page.getByRole('button', { name: 'Approve', exact: true }));
  await page.getByRole('alert').getByText(/policy:/).waitFor();
}

async function approved(hand, name) {
  const { page } = hand;
  await hand.room('Approvals');
  await hand.press(page.getByRole('link', { name: 'documents.split' }));
  await page.getByText('Documents are split after a look.').waitFor();
  await page.getByLabel('What runs when you approve').getByText(/A killed server goes on/).waitFor();
  await look(page, `path-${name}-approval`);
  await hand.press(page.getByRole('button', { name: 'Approve', exact: true }));
  await page.locator('span').filter({ hasText: /^Approved$/ }).first().waitFor();
}

async function answered(hand, name, execution) {
  const { page } = hand;
  await hand.room('Executions');
  await hand.press(page.getByRole('link', { name: execution }));
  await hand.press(page.getByRole('button', { name: 'The whole graph' }));
  for (const id of ['ingest', 'embed', 'retrieve', 'answer', 'check']) await node(page, id, 'Succeeded').waitFor();
  await page.getByText('Complete').waitFor();
  await look(page, `path-${name}-done`);
  await hand.room('Chat');
}

async function walk(hand, other, name) {
  const before = (await api('/executions')).items.length;
  await installed(hand);
  await enabled(hand);
  const execution = await asked(hand, name);
  await approvedByAsker(hand);
  await approved(other, name);
  await answered(hand, name, execution);
  const done = await api(`/executions/${execution}`);
  assert.equal(done.state, 'SUCCEEDED');
  assert.match(done.output.answer, new RegExp(ANSWER));
  assert.equal((await api('/executions')).items.length, before + 1, 'one question is one execution');
  await hand.room('Executions');
}

/** What is opened in different ways keeps the focus, and gives it back. */
async function dialogs(hand) {
  const { page } = hand;
  await page.reload();
  await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
  await hand.key('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
  await hand.seen();
  await hand.key('Enter');
  await hand.key('Tab');
  assert.ok(await page.evaluate(() => document.activeElement.closest('main') !== null), 'behind the link is the content');

  const search = page.getByRole('button', { name: /^Go to/ });
  await hand.press(search);
  await page.getByRole('combobox', { name: 'Go to a room or do something' }).waitFor();
  await hand.trapped(search);

  const account = page.getByRole('button', { name: 'Your account' });
  await hand.press(account);
  await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
  await hand.key('ArrowDown');
  await hand.key('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  // A menu gives the focus back, a moment after it is gone.
  await account.and(page.locator(':focus')).waitFor();

  await hand.room('API keys');
  const make = page.getByRole('button', { name: 'Make a key' }).first();
  await hand.press(make);
  await dialog(page).getByLabel('Name').waitFor();
  await hand.trapped(make);
  const menu = page.getByRole('button', { name: 'Key kept' });
  await hand.press(menu);
  for (const item of ['What can it do', 'Replace', 'Revoke']) {
    if (!(await menu.and(page.locator('[aria-expanded=true]')).count())) await hand.press(menu);
    await hand.reach(page.getByRole('menuitem', { name: item }), 'ArrowDown');
    await hand.key('Enter');
    await dialog(page).waitFor();
    await hand.trapped(menu);
  }

  await hand.room('Kill switches');
  await hand.choose(page.getByRole('combobox', { name: 'What' }), 'agent');
  await hand.choose(page.getByRole('combobox', { name: 'Agent' }), 'pack-research/research');
  const stop = page.getByRole('button', { name: 'Stop it' });
  // The answer to what would stop is held back: meanwhile the button is busy, and keeps the focus.
  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  await page.route('**/kill-switches/**', async (route) => {
    await held;
    await route.continue();
  });
  await hand.press(stop);
  await stop.and(page.locator('[aria-busy=true]')).waitFor();
  await hand.key('Enter');
  answer();
  await dialog(page).getByText('What would stop').waitFor();
  assert.equal(await dialog(page).count(), 1, 'what was pressed twice is asked once');
  await hand.trapped(stop);
  await page.unroute('**/kill-switches/**');
  assert.deepEqual((await api('/kill-switches')).items, [], 'what was only looked at stops nothing');
}

const people = {};

const steps = {
  async 'the whole path with a pointer'() {
    const [asker, reviewer] = [await person(), await person()];
    const hand = mouse(await asker.open());
    const other = mouse(await reviewer.open());
    await signInAsPerson(hand, people.administrator.email);
    await signInAsPerson(other, people.reviewer.email);
    await walk(hand, other, 'mouse');
    await asker.close();
    await reviewer.close();
  },

  async 'what the first has done is undone'() {
    await api(`/tenants/self/packs/${PACK}`, 'DELETE');
    await succeeded(await api(`/plugins/${PACK}?force=true`, 'DELETE', undefined, { tenant: '' }));
    await succeeded(await api('/plugins/tool-documents?force=true', 'DELETE', undefined, { tenant: '' }));
  },

  async 'the whole path with the keyboard alone'() {
    const [asker, reviewer] = [await person(), await person()];
    const hand = await keyboard(await asker.open());
    const other = await keyboard(await reviewer.open());
    await signInWithKey(hand, key);
    await signInAsPerson(other, people.reviewer.email);
    await walk(hand, other, 'keyboard');
    await dialogs(hand);
    await hand.noPointer();
    await other.noPointer();
    await asker.close();
    await reviewer.close();
  },
};

await run(steps, async () => {
  await install('provider-local');
  people.administrator = await member('Olga', ['owner'], '');
  await api('/api-keys', 'POST', { name: 'kept', scopes: ['executions:read'] });
  people.reviewer = await member('Rita', ['approver']);
  await api('/policies/look-first', 'PUT', {
    rules: [{ id: 'split', point: 'tool', scope: { tool: 'documents.split' }, effect: 'REQUIRE_APPROVAL', reason: 'Documents are split after a look.', approval: { risk: 'MEDIUM' } }],
  });
});
