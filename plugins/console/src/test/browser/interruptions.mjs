// Pages that are loaded again in the middle of something, answers that are lost, and a server that goes away and comes
// back: nothing is lost, nothing is done twice, and the console says how old is what it shows.
import assert from 'node:assert/strict';
import process from 'node:process';
import { api, key, look, member, person, run, signIn, signInAs, until, url } from './browser.mjs';
import { answer, pull, question, send } from './research.mjs';

const { SLOW: slow } = process.env;
const LAST = 'word40';

const asked = async () => Number(await pull('asked'));
const executions = async (query = '') => (await api(`/executions?limit=100${query}`)).items;

/** Waits for the whole answer, which is there once. */
async function whole(page) {
  await answer(page).getByText(LAST).waitFor();
  await answer(page).getByText('Succeeded').waitFor();
  const text = await answer(page).textContent();
  assert.equal(text.split('word5 ').length - 1, 1, `what was said is there once: ${text}`);
}

/** The sign-in of whoever is there ends without their doing. */
async function ended(page) {
  await api(`/users/${somebody.id}/disable`, 'POST', undefined, { tenant: '' });
  await page.getByLabel('E-mail address').waitFor();
  await page.getByRole('status').getByText('You are not signed in any more.', { exact: false }).waitFor();
}

async function comeBack(page, who = somebody) {
  await api(`/users/${somebody.id}/enable`, 'POST', undefined, { tenant: '' });
  await page.getByLabel('E-mail address').fill(who.email);
  await page.getByLabel('Password').fill('an analytical engine');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('dialog', { name: 'Sign in' }).waitFor({ state: 'detached' });
}

const stale = (page) => page.getByText(/^Stale since \d\d:\d\d:\d\d/).first();

const steps = {
  async 'an installation goes on when its page is loaded again'(page) {
    await page.goto(`${url}/console/store`);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Install from a file' }).click();
    await (await chooser).setFiles(slow);
    await page.getByRole('dialog').getByRole('button', { name: 'Agree and install' }).click();
    const panel = page.getByRole('region', { name: 'Operation' });
    await panel.getByText('Under way').waitFor();
    await page.reload();
    await panel.getByText('Under way').waitFor();
    await panel.getByRole('progressbar').waitFor();
    await look(page, 'installing', { narrow: true });
    await pull('install');
    await panel.getByText('Done', { exact: true }).waitFor();
    const { items } = await api('/operations?limit=100', 'GET', undefined, { tenant: '' });
    assert.equal(items.filter((one) => one.subject === 'slow-tool').length, 1, 'it was installed once');
    assert.equal((await api('/plugins/slow-tool')).state, 'STARTED');
  },

  async 'what another does is seen without being asked for'(page) {
    const followed = page.waitForResponse((response) => response.url().endsWith('/api/v1/changes'));
    await page.goto(`${url}/console/api-keys`);
    await followed;
    await page.getByRole('heading', { name: 'API keys' }).first().waitFor();
    await api('/api-keys', 'POST', { name: 'from-elsewhere', scopes: ['agents:read'] });
    // Where the server does not tell, the list is asked for every ten seconds.
    await page.getByText('from-elsewhere').waitFor({ timeout: 5_000 });
  },

  async 'an answer goes on when its page is loaded again'(page) {
    const before = await asked();
    await pull('hush');
    await question(page, 'What is kept?');
    await send(page);
    await answer(page).getByText(/word5 /).waitFor();
    await page.reload();
    await answer(page).getByText(/word5 /).waitFor();
    assert.doesNotMatch(await answer(page).textContent(), new RegExp(LAST), 'it was still being said');
    await look(page, 'chat-streaming', { narrow: true });
    await pull('speak');
    await whole(page);
    assert.equal(await asked(), before + 1, 'the model was asked once');
    const session = new URL(page.url()).searchParams.get('session');
    assert.equal((await executions(`&session=${session}`)).length, 1);
  },

  async 'a running execution is followed to its end although its page is loaded again'(page) {
    await pull('hush');
    await question(page, 'What is kept now?');
    await send(page);
    await page.getByRole('link', { name: 'Open the execution' }).last().click();
    const running = page.locator('.react-flow__node').and(page.getByLabel('answer Running'));
    await running.waitFor();
    await page.reload();
    await running.waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await pull('speak');
    await page.getByText('Complete').waitFor();
    await page.locator('.react-flow__node').and(page.getByLabel('check Succeeded')).waitFor();
  },

  async 'an answer that is lost on the way is not asked for twice'(page) {
    await question(page, 'Who hears this?');
    const before = (await executions()).length;
    let lost = 0;
    await page.route(/\/api\/v1\/(executions|sessions\/[^/]+\/messages)$/, async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.continue();
      lost++;
      await route.fetch();
      return route.abort('connectionreset');
    });
    await send(page);
    await page.getByText('The server does not answer.').first().waitFor();
    assert.equal(await page.getByLabel('Your message').inputValue(), 'Who hears this?', 'what was typed is kept');
    await send(page);
    await whole(page);
    await page.unroute(/\/api\/v1\/(executions|sessions\/[^/]+\/messages)$/);
    assert.equal(lost, 1);
    assert.equal((await executions()).length, before + 1, 'one question is one execution');
  },

  async 'a server that goes away is missed, and found again'(page) {
    await question(page, 'Are you there?');
    const before = (await executions()).length;
    await pull('stop');
    await stale(page).waitFor();
    await look(page, 'stale', { narrow: true });
    await send(page);
    await page.getByRole('alert').getByText('The server does not answer.').waitFor();
    await pull('start');
    await stale(page).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Your account' }).waitFor();
    await send(page);
    await whole(page);
    assert.equal((await executions()).length, before + 1, 'nothing was sent by itself');
  },

  async 'a server that is killed in the middle of an answer goes on with it'(page) {
    const before = (await executions()).length;
    await pull('hush');
    await question(page, 'And when you are killed?');
    await send(page);
    await answer(page).getByText(/word5 /).waitFor();
    await pull('kill');
    await stale(page).waitFor();
    await pull('start');
    await stale(page).waitFor({ state: 'detached' });
    await pull('speak');
    await whole(page);
    assert.equal((await executions()).length, before + 1);
  },

  async 'who is not known any more signs in again, and goes on with what they typed'(page) {
    await page.goto(`${url}/console/api-keys`);
    await page.getByRole('button', { name: 'Make a key' }).click();
    const form = page.getByRole('dialog', { name: 'Make a key' });
    await form.getByLabel('Name').fill('half typed');
    await form.getByLabel('agents:read').check();
    await ended(page);
    await look(page, 'signed-in-no-more', { brief: true });
    for (const key of ['Escape', 'Escape', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab']) await page.keyboard.press(key);
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog')?.ariaLabel === 'Sign in'), 'nothing behind the door is reached');
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.waitForTimeout(12_000);
    assert.deepEqual(asked, [], 'nothing behind the door asks the server');
    await comeBack(page);
    assert.equal(await form.getByLabel('Name').inputValue(), 'half typed');
    await form.getByRole('button', { name: 'Make a key' }).click();
    await page.getByRole('dialog').getByText('aos_').or(page.getByRole('dialog').locator('input[readonly]')).first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('half typed').first().waitFor();
  },

  async 'what was sent when the sign-in had ended is not done, is no failure either, and is sent again'(page) {
    await page.goto(`${url}/console/api-keys`);
    await page.getByRole('button', { name: 'Make a key' }).click();
    const form = page.getByRole('dialog', { name: 'Make a key' });
    await form.getByLabel('Name').fill('sent twice');
    await form.getByLabel('agents:read').check();
    // It ends while the request is on its way.
    await page.route('**/api/v1/api-keys', async (route) => {
      await api(`/users/${somebody.id}/disable`, 'POST', undefined, { tenant: '' });
      await route.continue();
    }, { times: 1 });
    await form.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('E-mail address').waitFor();
    await comeBack(page);
    await form.getByRole('status').getByText('This is not done yet', { exact: false }).waitFor();
    assert.equal(await page.getByRole('alert').count(), 0, 'nothing is wrong any more');
    await look(page, 'not-done-yet', { brief: true });
    await form.getByRole('button', { name: 'Make a key' }).click();
    await page.getByRole('dialog').getByText('aos_').or(page.getByRole('dialog').locator('input[readonly]')).first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('sent twice').first().waitFor();
  },

  async 'what one person typed is not there for another, and not after signing out'(page) {
    const other = await member('Otto', ['admin'], '');
    const begin = async () => {
      await page.goto(`${url}/console/api-keys`);
      await page.getByRole('button', { name: 'Make a key' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('only mine');
    };
    await begin();
    await ended(page);
    await comeBack(page, other);
    await page.getByRole('heading', { name: 'API keys', level: 1 }).waitFor();
    assert.equal(await page.getByRole('dialog').count(), 0);
    await begin();
    const tab = await page.context().newPage();
    await tab.goto(`${url}/console/executions`);
    await tab.getByRole('button', { name: 'Your account' }).click();
    await tab.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail address').waitFor();
    assert.equal(await page.locator('dialog, #content').count(), 0, 'nothing of it is in the page');
    await tab.close();
    await page.getByLabel('E-mail address').fill(somebody.email);
    await page.getByLabel('Password').fill('an analytical engine');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'API keys', level: 1 }).waitFor();
  },

  async 'a key lets in as well'() {
    const other = await (await person()).open();
    await signIn(other, key);
    await other.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
  },
};

let somebody;

await run(steps, async () => {
  somebody = await member('Olga', ['admin'], '');
  const page = await (await person()).open();
  await signInAs(page, somebody.email);
  await until('the console', async () => (await page.getByRole('heading', { level: 1 }).count()) > 0);
  return page;
});
