// What goes wrong around a tab, and what its hands do in passing: answers that are lost, a tenant that is gone, another
// person at the same tab, fields that are only passed through.
import assert from 'node:assert/strict';
import { api, install, key, look, member, open, PASSWORD, person, run, settled, signIn, signInAs, until, url } from './browser.mjs';

const go = (page, path) => page.goto(`${url}/console${path}`);
const dialog = (page) => page.getByRole('dialog');
const account = (page) => page.getByRole('button', { name: 'Your account' });
const focused = (target) => target.evaluate((element) => element === document.activeElement);
const keys = async (name) => (await api('/api-keys?limit=100')).items.filter((one) => one.name === name);

/** Lets the next request of that kind reach the server, and loses what it answers. */
async function lose(page, address, method = 'POST') {
  let lost = false;
  await page.route(address, async (route) => {
    if (lost || route.request().method() !== method) return route.fallback();
    lost = true;
    await route.fetch();
    return route.abort('connectionreset');
  });
}

/** An administrator with the key, who acts for a tenant. */
async function administrator(tenant) {
  const page = await (await person()).open();
  if (tenant) {
    await page.addInitScript((id) => {
      if (globalThis.sessionStorage.getItem('agentos.tenant.chosen')) return;
      globalThis.sessionStorage.setItem('agentos.tenant', id);
      globalThis.sessionStorage.setItem('agentos.tenant.chosen', 'yes');
    }, tenant);
    await page.addInitScript((secret) => globalThis.sessionStorage.setItem('agentos.key', secret), key);
    await go(page, '/');
  } else await signIn(page, key);
  await account(page).waitFor();
  return page;
}

const state = {};

const steps = {
  async 'a reason is kept in any language and on two lines'() {
    const reason = 'Ключ больше не нужен – 100%\nвторая строка';
    await api('/api-keys', 'POST', { name: 'spent', scopes: ['executions:read'] });
    const { page } = state;
    await go(page, '/api-keys');
    await page.getByRole('button', { name: 'Key spent' }).click();
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    await dialog(page).getByLabel('Reason').fill(reason);
    await dialog(page).getByLabel('Type spent to confirm').fill('spent');
    await dialog(page).getByRole('button', { name: 'Revoke' }).click();
    await page.getByText(/^Revoked/).waitFor();
    const { items } = await api('/audit?action=deleteApiKey&limit=1');
    assert.equal(items[0].details.reason, reason);
  },

  async 'a key whose answer is lost is made once, and it is said that its secret is lost'() {
    const { page } = state;
    await lose(page, '**/api/v1/api-keys');
    await go(page, '/api-keys');
    await page.getByRole('button', { name: 'Make a key' }).first().click();
    await dialog(page).getByLabel('Name').fill('unheard');
    await dialog(page).getByRole('button', { name: 'Only reading' }).click();
    const make = dialog(page).getByRole('button', { name: 'Make a key' });
    await make.click();
    await dialog(page).getByText('console:UNREACHABLE').waitFor();
    await make.click();
    await page.getByRole('heading', { name: 'unheard was made, and its secret is lost' }).waitFor();
    await look(page, 'key-lost', { narrow: true });
    await dialog(page).getByRole('button', { name: 'Close' }).last().click();
    assert.equal((await keys('unheard')).length, 1);
    // Whoever then makes another one of the same name means another one.
    await page.getByRole('button', { name: 'Make a key' }).first().click();
    await dialog(page).getByLabel('Name').fill('unheard');
    await dialog(page).getByRole('button', { name: 'Only reading' }).click();
    await make.click();
    await dialog(page).getByRole('button', { name: 'I have kept it' }).click();
    assert.equal((await keys('unheard')).length, 2);
    await page.unroute('**/api/v1/api-keys');
  },

  async 'how long ago something was goes on although nothing is asked for'() {
    const { page } = state;
    await api('/api-keys', 'POST', { name: 'timed', scopes: ['executions:read'] });
    await go(page, '/api-keys');
    const made = page.getByRole('row').filter({ hasText: 'timed' }).getByRole('cell').nth(2);
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().includes('/api-keys')) asked++;
    });
    await until('another time without another answer', async () => {
      const before = [await made.textContent(), asked];
      await page.waitForTimeout(7_000);
      return asked === before[1] && (await made.textContent()) !== before[0];
    });
  },

  async 'who passes through a filter keeps page, ticks and focus'() {
    const { page } = state;
    await go(page, '/executions');
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.waitForURL(/page=2-/);
    await until('the rows of the second page', async () => (await page.getByRole('link', { name: /^exe_/ }).count()) === 5);
    await page.getByRole('checkbox', { name: 'Choose all on this page' }).check();
    const second = page.url();
    const agent = page.getByLabel('Agent', { exact: true });
    await agent.focus();
    for (let fields = 0; fields < 4; fields++) await page.keyboard.press('Tab');
    await page.waitForTimeout(300);
    assert.equal(page.url(), second, 'nothing was typed');
    assert.ok(await page.getByRole('checkbox', { name: 'Choose all on this page' }).isChecked());
    await agent.fill('nobody/nothing');
    await agent.press('Enter');
    await page.waitForURL(/agent=nobody/);
    await page.getByText('No execution', { exact: false }).first().waitFor();
    assert.ok(await focused(agent), 'the focus stays in the field');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.waitForURL(/\/executions$/);
    await until('the empty field', async () => (await agent.inputValue()) === '');

    await go(page, '/audit?from=2020-01-02T03:04:05.000Z');
    const from = page.getByLabel('From');
    assert.match(await from.inputValue(), /:04:05$/, 'it has its seconds');
    const before = page.url();
    await from.focus();
    await page.getByLabel('Before').focus();
    await page.getByLabel('Who', { exact: true }).focus();
    await page.waitForTimeout(300);
    assert.equal(page.url(), before);
    await look(page, 'audit-filtered', { narrow: true });

    await go(page, '/store');
    const search = page.getByRole('searchbox', { name: 'Search' });
    await search.fill('hello');
    await search.press('Enter');
    await page.waitForURL(/q=hello/);
    assert.ok(await focused(search), 'the focus stays in the search');
  },

  async 'the choice of the palette is always seen'() {
    const { page } = state;
    await page.setViewportSize({ width: 1000, height: 420 });
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to a room or do something' }).waitFor();
    const chosen = dialog(page).getByRole('option', { selected: true });
    for (const arrow of ['ArrowUp', 'ArrowDown']) {
      await page.keyboard.press(arrow);
      await until(`the choice in view after ${arrow}`, () => chosen.evaluate((option) => {
        const list = option.parentElement.getBoundingClientRect();
        const { top, bottom } = option.getBoundingClientRect();
        return top >= list.top - 1 && bottom <= list.bottom + 1;
      }), 10);
    }
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 1440, height: 900 });
  },

  async 'what was looked at is what is stopped, although another was chosen meanwhile'() {
    const { page } = state;
    await go(page, '/kill-switches');
    await page.getByLabel('What', { exact: true }).selectOption('plugin');
    const which = page.getByLabel('Plugin', { exact: true });
    await which.selectOption('pack-research');
    const held = [];
    await page.route(/\/api\/v1\/kill-switches\/plugin\/.*dryRun/, (route) => void held.push(route));
    await page.getByRole('button', { name: 'Stop it' }).click();
    await until('the question', () => held.length > 0);
    await which.selectOption('provider-openai');
    await held[0].continue();
    await page.getByRole('heading', { name: /pack-research/, level: 2 }).waitFor();
    await dialog(page).getByLabel('Type pack-research to confirm').fill('pack-research');
    await dialog(page).getByLabel('Reason').fill('A try');
    await dialog(page).getByRole('button', { name: 'Stop it' }).click();
    await dialog(page).waitFor({ state: 'detached' });
    const { items } = await api('/kill-switches');
    assert.deepEqual(items.map(({ kind, target }) => `${kind} ${target}`), ['plugin pack-research']);
    await page.getByRole('button', { name: 'Lift' }).click();
    const lift = dialog(page).getByRole('button', { name: 'Lift' });
    assert.ok(await lift.isDisabled(), 'it takes a reason');
    await dialog(page).getByLabel('Reason').fill('It was one');
    await lift.click();
    await dialog(page).waitFor({ state: 'detached' });
    assert.equal((await api('/kill-switches')).items.length, 0);
    await page.unroute(/\/api\/v1\/kill-switches\/plugin\/.*dryRun/);
  },

  async 'an administrator stops the whole server, and lifts the switch of whom it was'() {
    const { page } = state;
    const engaged = async () => (await api('/kill-switches', 'GET', undefined, { tenant: '' })).items.map(({ kind, tenant }) => `${kind} ${tenant ?? 'all'}`);
    const row = (text) => page.getByRole('listitem').filter({ hasText: text });
    const lift = async (text) => {
      const before = (await engaged()).length;
      await row(text).getByRole('button', { name: 'Lift' }).click();
      await dialog(page).getByText(text).waitFor();
      await dialog(page).getByLabel('Reason').fill('It was a try');
      await dialog(page).getByRole('button', { name: 'Lift' }).click();
      await dialog(page).waitFor({ state: 'detached' });
      await row(text).waitFor({ state: 'detached' });
      const left = await engaged();
      assert.equal(left.length, before - 1);
      return left;
    };
    await go(page, '/kill-switches');
    await page.getByLabel('What', { exact: true }).selectOption('platform');
    await page.getByRole('button', { name: 'Stop it' }).click();
    await dialog(page).getByText('for every tenant').waitFor();
    await dialog(page).getByLabel('Type all to confirm').fill('all');
    await dialog(page).getByLabel('Reason').fill('A try');
    await dialog(page).getByRole('button', { name: 'Stop it' }).click();
    await page.getByRole('banner').getByText('Everything is stopped').waitFor();
    assert.deepEqual(await engaged(), ['platform all']);
    assert.deepEqual(await lift('for every tenant'), []);

    const { id } = await api('/tenants/default', 'GET', undefined, { tenant: '' });
    const both = async () => {
      await api('/kill-switches/tool/no.such', 'PUT', { reason: 'A try' });
      await api('/kill-switches/tool/no.such', 'PUT', { reason: 'A try' }, { tenant: '' });
    };
    await both();
    await row('for this tenant').waitFor();
    assert.deepEqual(await lift('for every tenant'), [`tool ${id}`]);

    await both();
    await api(`/kill-switches/tenant/${id}`, 'PUT', { reason: 'A try' });
    await page.getByRole('banner').getByText('Everything is stopped').waitFor();
    await page.evaluate(() => globalThis.sessionStorage.removeItem('agentos.tenant'));
    await page.reload();
    await page.getByRole('banner').getByText('3 kill switches engaged').waitFor();
    await row('A tenant').getByText('for tenant default').waitFor();
    await look(page, 'kill-switches-of-all', { narrow: true });
    await api(`/kill-switches/tenant/${id}?reason=over`, 'DELETE');
    await row('A tenant').waitFor({ state: 'detached' });
    assert.deepEqual(await lift('for tenant default'), ['tool all']);
    assert.deepEqual(await lift('for every tenant'), []);
    await page.evaluate((tenant) => globalThis.sessionStorage.setItem('agentos.tenant', tenant), id);
    await page.reload();
    await page.getByRole('banner').getByText('Nothing is stopped').waitFor();
  },

  async 'an export that does not come is a server that does not answer'() {
    const { page } = state;
    await go(page, '/audit');
    await page.route('**/api/v1/audit/export*', (route) => route.abort('connectionrefused'));
    await page.getByRole('button', { name: 'Export JSON Lines' }).click();
    await page.getByRole('alert').getByText('console:UNREACHABLE').waitFor();
    await page.unroute('**/api/v1/audit/export*');
  },

  async 'the rooms of a small screen are gone to by the keyboard, and left as they were entered'() {
    const { page } = state;
    await go(page, '/executions');
    await page.setViewportSize({ width: 390, height: 844 });
    const rooms = page.getByRole('button', { name: 'Show the rooms' });
    await rooms.focus();
    await page.keyboard.press('Enter');
    const navigation = page.getByRole('complementary').getByRole('navigation', { name: 'Rooms' });
    await navigation.waitFor();
    await until('the focus among the rooms', () => page.evaluate(() => document.activeElement?.closest('aside') !== null));
    await look(page, 'drawer');
    await page.keyboard.press('Escape');
    await navigation.waitFor({ state: 'hidden' });
    assert.ok(await focused(rooms), 'the focus is where it came from');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Shift+Tab');
    await navigation.waitFor({ state: 'hidden' });
    await rooms.focus();
    await page.keyboard.press('Enter');
    await navigation.getByRole('link', { name: 'Executions' }).press('Enter');
    await navigation.waitFor({ state: 'hidden' });
    assert.ok(await focused(page.locator('main')), 'the room has the focus');
    await page.setViewportSize({ width: 1440, height: 900 });
  },

  async 'what is typed into settings stays when somebody else has changed them meanwhile'() {
    const { page } = state;
    await go(page, '/plugins/provider-openai');
    const [base, organization] = [page.getByLabel(/^Base URL/), page.getByLabel(/^Organization/)];
    await organization.fill('mine');
    await api('/plugins/provider-openai/configuration', 'PUT', { baseUrl: 'http://127.0.0.1:9/theirs', organization: 'theirs' }, { tenant: '' });
    await page.getByText('Somebody else has changed this meanwhile.', { exact: false }).waitFor();
    assert.deepEqual([await base.inputValue(), await organization.inputValue()], ['http://127.0.0.1:9/theirs', 'mine']);
    await look(page, 'settings-changed-elsewhere', { brief: true });
    await page.getByRole('button', { name: 'Save and load anew' }).click();
    await until('what was typed', async () => (await api('/plugins/provider-openai')).configuration.organization === 'mine');
    assert.equal((await api('/plugins/provider-openai')).configuration.baseUrl, 'http://127.0.0.1:9/theirs', 'what the other one has set stays');
    await page.getByText('Somebody else has changed this meanwhile.', { exact: false }).waitFor({ state: 'detached' });
  },

  async 'of more that wait than are read it is said that the oldest may wait longer'() {
    const { page } = state;
    const waiting = { id: 'exe_waits', state: 'QUEUED', graph: { id: 'g', version: 1 }, createdAt: new Date(Date.now() - 7_000).toISOString(), step: 0 };
    await page.route(/\/api\/v1\/executions\?.*state=QUEUED/, (route) => route.fulfill({ json: { items: [waiting], next: 'more' } }));
    await go(page, '/health');
    await page.getByText(/^Oldest that waits:\s.* ago, or longer$/).waitFor();
    await page.unroute(/\/api\/v1\/executions\?.*state=QUEUED/);
  },

  async 'packs of the other tenants are shown although one tenant fails'() {
    const { page } = state;
    const address = new RegExp(`/api/v1/tenants/${state.doomed}/packs(\\?|$)`);
    const failure = { status: 500, contentType: 'application/problem+json', body: JSON.stringify({ status: 500, code: 'kernel:INTERNAL', detail: 'No.', action: 'Again.' }) };
    await page.route(address, (route) => route.fulfill(failure));
    await go(page, '/packs');
    await page.getByRole('link', { name: /Research of default/ }).waitFor();
    const row = page.getByRole('row').filter({ hasText: 'doomed' });
    await row.getByText('kernel:INTERNAL').waitFor();
    await look(page, 'packs-one-failed', { brief: true });
    await page.unroute(address);
    await row.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: /Research of doomed/ }).waitFor();
  },

  async 'saving the settings of a plugin says so, and keeps the focus'() {
    const { page } = state;
    await go(page, '/packs');
    await page.getByRole('link', { name: /provider-openai/ }).click();
    await page.getByLabel('OPENAI_API_KEY').fill('not-a-real-one');
    const save = page.getByRole('button', { name: 'Save' });
    await save.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.getByText('Nobody gets it back', { exact: false }).waitFor();
    assert.equal(await page.getByLabel('OPENAI_API_KEY').inputValue(), '');
    assert.ok(await focused(save), 'the focus stays on the button');
    // It is saved in the state that it has now.
    await page.getByLabel('OPENAI_API_KEY').fill('nor this');
    await save.click();
    await until('the empty field', async () => (await page.getByLabel('OPENAI_API_KEY').inputValue()) === '');
    assert.equal(await page.getByRole('alert').count(), 0);
  },

  async 'an administrator whose tenant is erased goes on with another one'() {
    const page = await administrator(state.doomed);
    await go(page, '/executions');
    await page.getByRole('banner').getByText('doomed').waitFor();
    await api(`/tenants/${state.doomed}?confirm=doomed`, 'DELETE', undefined, { tenant: '' });
    await page.getByRole('banner').getByText('doomed').waitFor({ state: 'detached' });
    await page.getByRole('banner').getByText('default').waitFor();
    await settled(page);
    await page.reload();
    await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    await page.context().close();
  },

  async 'a tab that begins with a tenant that is gone finds another one'() {
    const page = await administrator(state.doomed);
    await page.getByRole('banner').getByText('default').waitFor();
    await page.context().close();
  },

  async 'who is kept from everything can sign out'() {
    const visitor = await person();
    const page = await visitor.open();
    await signInAs(page, state.ada.email);
    await page.route(/\/api\/v1$/, (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ status: 500, code: 'kernel:INTERNAL', detail: 'No.', action: 'Again.' }) }));
    await page.reload();
    await page.getByText('kernel:INTERNAL').waitFor();
    await look(page, 'kept-out', { narrow: true });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail address').waitFor();
    await visitor.close();
  },

  async 'a sign-out that the server does not confirm is said, and tried again'() {
    const visitor = await person();
    const page = await visitor.open();
    await signInAs(page, state.ada.email);
    await page.route('**/api/v1/logout', (route) => route.abort('connectionreset'), { times: 1 });
    await account(page).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'The server did not confirm that you are signed out' }).waitFor();
    await look(page, 'sign-out-failed', { narrow: true });
    await dialog(page).getByRole('button', { name: 'Close' }).first().click();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('Sign out');
    await page.keyboard.press('Enter');
    await page.getByLabel('E-mail address').waitFor();
    assert.equal(await page.getByText('You are not signed in any more.', { exact: false }).count(), 0, 'whoever signs out knows');
    assert.equal(await page.evaluate(async () => (await fetch('/api/v1')).status), 401);
    await visitor.close();
  },

  async 'who signs in next sees nothing of the one before'() {
    const visitor = await person();
    const page = await visitor.open();
    await signInAs(page, state.ada.email, '/executions');
    await page.getByRole('link', { name: state.last }).waitFor();
    await account(page).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail address').waitFor();
    // The login ends here without a word of the console, as when it is over: nothing is cleared by signing out.
    await signInAs(page, state.ada.email, '/executions');
    await page.getByRole('link', { name: state.last }).waitFor();
    await visitor.context.clearCookies();
    await page.getByRole('button', { name: /^Go to/ }).click();
    await page.keyboard.type('Health');
    await page.keyboard.press('Enter');
    await page.getByLabel('E-mail address').waitFor();
    // What Bob has is held, so that nothing but what was there before could be shown.
    const held = [];
    await page.route(/\/api\/v1\/executions/, (route) => void held.push(route));
    await page.getByLabel('E-mail address').fill(state.bob.email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('link', { name: 'Executions' }).click();
    await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    await until('the question of Bob', () => held.length > 0);
    assert.equal(await page.getByRole('link', { name: /^exe_/ }).count(), 0, 'nothing of Ada is shown to Bob');
    await page.unroute(/\/api\/v1\/executions/);
    await Promise.allSettled(held.map((route) => route.continue()));
    await page.getByText('No executions', { exact: false }).first().waitFor();
    await visitor.close();
  },

  async 'who signs in in one tab is who uses the others'() {
    const visitor = await person();
    const page = await visitor.open();
    await signInAs(page, state.ada.email, '/executions');
    await page.getByRole('link', { name: state.last }).waitFor();
    const other = await open(visitor.context);
    await go(other, '/executions');
    await other.getByRole('link', { name: state.last }).waitFor();
    await account(page).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await signInAs(page, state.bob.email, '/executions');
    await account(other).click();
    await other.getByText(state.bob.email).waitFor();
    assert.equal(await other.getByRole('link', { name: /^exe_/ }).count(), 0, 'what was Ada’s is gone there too');
    await visitor.close();
  },

  async 'an invitation that is none is said to be good no more'() {
    const visitor = await person();
    const page = await visitor.open();
    await go(page, '/invitation#%');
    await page.getByRole('heading', { name: 'This invitation is good no more' }).waitFor();
    await visitor.close();
  },

  async 'an invitation leads into this server, although the tab had chosen another one'() {
    const invited = await api('/users', 'POST', { name: 'Eva', email: `eva-${Date.now()}@example.org`, kind: 'PERSON', roles: ['viewer'] });
    const visitor = await person();
    const page = await visitor.open();
    await go(page, '/invitation');
    await page.evaluate(() => globalThis.sessionStorage.setItem('agentos.server', 'http://127.0.0.1:9'));
    await page.goto('about:blank');
    await go(page, `/invitation#${invited.invitation}`);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('The password once more').fill(PASSWORD);
    await page.getByRole('button', { name: 'Set it and sign in' }).click();
    await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    await visitor.close();
  },
};

await run(steps, async () => {
  await install('pack-research');
  await install('provider-openai');
  state.doomed = (await api('/tenants', 'POST', { name: 'doomed' }, { tenant: '' })).id;
  await api('/tenants', 'POST', { name: 'quiet' }, { tenant: '' });
  const graph = await api('/graphs', 'POST', {
    metadata: { name: 'divides' },
    channels: { by: { type: 'integer', reducer: 'last' }, part: { type: 'integer', reducer: 'last' } },
    nodes: [{ id: 'divide', type: 'transform', config: { set: { part: '12 / by' } } }],
    edges: [{ source: 'START', target: 'divide' }, { source: 'divide', target: 'END' }],
  });
  // More than one page of executions, all of which can be ticked.
  for (let i = 0; i < 30; i++) state.last = (await api('/executions', 'POST', { graph: graph.id, input: { by: 0 } })).id;
  await until('the last failure', async () => (await api('/executions?state=FAILED&limit=100')).items.length === 30);
  state.ada = await member('Ada', ['admin']);
  state.bob = await member('Bob', ['admin'], 'quiet');
  state.page = await administrator();
});
