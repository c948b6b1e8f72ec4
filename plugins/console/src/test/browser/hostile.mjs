// What strangers write is shown as what it is: text. No script of theirs runs, nothing is fetched from elsewhere, and the
// content security policy, which would stop a script that had come through all the same, is the strict one.
import assert from 'node:assert/strict';
import { api, key, keyOfAnother, look, member, person, run, settled, signIn, succeeded, until, url, wrong } from './browser.mjs';
import { keyboard } from './hands.mjs';

const ID = 'hostile-pack';
const SHORT = "<img src=x onerror=globalThis.owned='img'>";
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const dialog = (page) => page.getByRole('dialog');

/** Nothing has run, and nothing of what was written is markup; with a count, so often it is there to be read. */
async function clean(page, where, read = 0) {
  if (read > 0) await until(`${where}: what was written`, async () => (await page.getByText('<img src=x onerror=').count()) >= read);
  const found = await page.evaluate(() => ({
    owned: globalThis.owned,
    // What turns letters around, or is not seen, where names are read; what is typed into fields is left as it is.
    unseen: /(?![\n\t\r])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.exec(document.title + document.body.innerText + [...document.querySelectorAll('[aria-label], [title]')].map((one) => one.ariaLabel + one.title).join())?.[0],
    markup: [...document.querySelectorAll('img[src="x"], iframe, object, embed, script:not([src]), style, [onerror], [onload], [onclick], a[href^="javascript:" i], a[href^="data:" i], img[src^="http"]')]
      .map((one) => one.outerHTML.slice(0, 200)),
  }));
  assert.equal(found.owned, undefined, `${where}: a script ran`);
  if (found.unseen !== undefined) wrong(`${where}: U+${found.unseen.codePointAt(0).toString(16)} is in the page`);
  if (found.markup.length > 0) wrong(`${where}: markup of strangers: ${found.markup.join(' ')}`);
}

const visit = async (page, path, read = 1) => {
  await page.goto(`${url}/console${path}`);
  await page.locator('h1').first().waitFor();
  await clean(page, path, read);
};

const state = {};

const steps = {
  async 'the policy is the strict one, and stops a script'() {
    const visitor = await person();
    // Not one of the tabs that are watched: here a violation is what has to happen.
    const page = await visitor.context.newPage();
    const said = [];
    page.on('console', (message) => said.push(message.text()));
    for (const path of ['/console/', '/console/store/x', '/console/nowhere']) {
      const answer = await page.goto(`${url}${path}`);
      assert.equal(answer.headers()['content-security-policy'], POLICY, path);
      assert.equal(answer.headers()['x-content-type-options'], 'nosniff', path);
    }
    assert.equal(await page.locator('script:not([src]), style, [style*=url]').count(), 0);
    await page.evaluate((hostile) => {
      const at = document.createElement('div');
      at.innerHTML = hostile;
      document.body.append(at);
      const script = document.createElement('script');
      script.textContent = "globalThis.owned = 'script'";
      document.body.append(script);
    }, SHORT);
    await until('what the policy says', async () => said.filter((one) => /Content Security Policy/i.test(one)).length >= 2);
    assert.equal(await page.evaluate(() => globalThis.owned), undefined);
    await visitor.close();
  },

  async 'a listing is text'(page) {
    await visit(page, '/store?category=pack');
    await look(page, 'hostile-store', { narrow: true });
    await page.getByRole('link', { name: /onerror/ }).click();
    await page.getByText('What it may do when you agree').waitFor();
    await page.getByText('What changed').first().click();
    await clean(page, 'the listing', 4);
    await look(page, 'hostile-listing', { narrow: true });
    assert.equal(await page.getByRole('link', { name: 'follow' }).count(), 0, 'no link leads to a script');
    await page.getByRole('button', { name: 'Install', exact: true }).click();
    await dialog(page).getByText(/^Why: <img/).waitFor();
    await clean(page, 'the consent', 1);
    await look(page, 'hostile-consent', { narrow: true });
    await dialog(page).getByRole('button', { name: 'Agree and install' }).click();
    await page.getByText('Done', { exact: true }).waitFor();
    await visit(page, '/plugins');
    await look(page, 'hostile-plugins', { narrow: true });
    await visit(page, `/plugins/${ID}`);
    await look(page, 'hostile-plugin', { narrow: true });
  },

  async 'what a tool says anew is text beside what was agreed to, and who may agrees to what was read'(page) {
    const anew = (words, more = {}) => api(`/plugins/${ID}/configuration`, 'PUT', { said: `Tells what was said, ${words} and nothing else.`, ...more }, { tenant: '' }).then(succeeded);
    await anew(`${SHORT} and the keys\u202e\u{e0041}\ufe0f, ${'W'.repeat(2_000)},`);
    await visit(page, '/plugins');
    await page.getByRole('row').filter({ hasText: ID }).getByText('1 tool withheld').waitFor();
    await page.getByRole('link', { name: ID }).click();
    const withheld = page.getByRole('region', { name: 'Withheld tools' });
    await withheld.getByRole('heading', { name: 'What was agreed to' }).waitFor();
    await withheld.locator('ins').filter({ hasText: /and the keys⟨U\+202E⟩⟨U\+E0041⟩⟨U\+FE0F⟩,/ }).waitFor();
    await withheld.getByRole('list', { name: 'What else is different in hostile.told' }).getByText('/inputSchema/properties/<img', { exact: false }).waitFor();
    await page.getByText('pkg:maven/<img').waitFor();
    await clean(page, 'a text that was not agreed to', 3);
    await look(page, 'hostile-withheld', { narrow: true });

    const reader = await person();
    const looking = await reader.open();
    const { secret } = await api('/api-keys', 'POST', { name: 'looks', scopes: ['plugins:read'] }, { tenant: '' });
    await signIn(looking, secret);
    await looking.getByRole('button', { name: 'Your account' }).waitFor();
    await looking.goto(`${url}/console/plugins/${ID}`);
    await looking.getByText('To agree takes the right plugins:write').waitFor();
    assert.equal(await looking.getByRole('region', { name: 'Withheld tools' }).locator('input, button:not([aria-label=Copy])').count(), 0, 'who may only read has nothing to agree by');
    await look(looking, 'withheld-read', { brief: true });
    await reader.close();

    const hand = await keyboard(page);
    const agree = withheld.getByRole('checkbox');
    await hand.tick(agree);
    await anew(`${SHORT} and the passwords,`);
    await withheld.locator('ins').filter({ hasText: 'and the passwords,' }).waitFor();
    assert.ok(!(await agree.isChecked()), 'who has read one text has not agreed to the next');
    assert.ok(await withheld.getByRole('button', { name: 'Agree to the text' }).isDisabled());
    await hand.tick(agree);
    await hand.press(withheld.getByRole('button', { name: 'Agree to the text' }));
    await dialog(page).getByText('hostile.told').waitFor();
    await look(page, 'withheld-agree', { brief: true });
    assert.equal((await api(`/plugins/${ID}`)).withheld.length, 1, 'it was only asked about');
    await hand.press(dialog(page).getByRole('button', { name: 'Agree to the text' }));
    await page.getByRole('region', { name: 'Operation' }).getByText('Done', { exact: true }).waitFor();
    await withheld.waitFor({ state: 'detached' });
    await page.locator('h1:focus', { hasText: ID }).waitFor();
    assert.deepEqual((await api(`/plugins/${ID}`)).withheld, []);
    await api('/tools').then(({ items }) => assert.ok(items.some((tool) => tool.name === 'hostile.told'), 'the tool is there again'));

    await anew('and the cookies,', { also: 'Tells that as well.' });
    await withheld.getByRole('heading', { name: /^2 tools are withheld/ }).waitFor();
    const one = async (tool) => {
      await hand.tick(withheld.getByRole('checkbox', { name: new RegExp(tool) }));
      await hand.press(withheld.getByRole('button', { name: 'Agree to the text' }));
      await hand.press(dialog(page).getByRole('button', { name: 'Agree to the text' }));
    };
    await one('hostile.told');
    await page.locator('summary:focus', { hasText: 'hostile.also' }).waitFor();
    await look(page, 'withheld-next', { brief: true });
    await one('hostile.also');
    await page.locator('h1:focus', { hasText: ID }).waitFor();
  },

  async 'a pack and its agent are text'(page) {
    await visit(page, '/packs');
    await look(page, 'hostile-packs', { narrow: true });
    await visit(page, `/packs/self/${ID}`);
    await page.getByRole('heading', { level: 1, name: /⟨U\+202E⟩gnp\.exe⟨U\+0007⟩.*\([\d,]+ characters\)$/ }).waitFor();
    await look(page, 'hostile-pack', { narrow: true });
    await page.getByRole('button', { name: 'Enable with this configuration' }).click();
    await dialog(page).getByText('New agent').waitFor();
    await clean(page, 'what enabling changes');
    await dialog(page).getByRole('button', { name: 'Enable', exact: true }).click();
    await page.getByRole('link', { name: 'Try it' }).click();
    await page.getByLabel('Your message').waitFor();
    await clean(page, 'the chat before a word', 1);
    await look(page, 'hostile-chat-empty', { narrow: true });
  },

  async 'what is asked, done and answered is text'(page) {
    await page.getByLabel('Your message').fill(SHORT);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('What runs when you approve').waitFor();
    await clean(page, 'the approval in the chat', 3);
    await look(page, 'hostile-approval', { narrow: true });
    const { items } = await api('/approvals?state=PENDING');
    await visit(page, `/approvals/${items[0].id}`, 2);
    const reviewer = await keyOfAnother(SHORT, ['approvals:read', 'approvals:decide', 'executions:read']);
    await api(`/approvals/${items[0].id}/approve`, 'POST', { nonce: items[0].nonce, reason: SHORT }, { tenant: '', bearer: reviewer.secret });
    await visit(page, `/approvals/${items[0].id}`, 3);
    state.execution = items[0].execution;
    await until('the end', async () => (await api(`/executions/${state.execution}`)).state === 'SUCCEEDED');
    await visit(page, `/executions/${state.execution}?tab=events`, 0);
    await page.locator('.react-flow__node').getByText('say', { exact: true }).click();
    // What an expression came to is known from what a person was asked.
    await page.getByText(`"length": ${SHORT.length}`).first().waitFor();
    await clean(page, 'the viewer');
    await visit(page, `/executions/${state.execution}?tab=state`);
    await visit(page, `/executions/${state.execution}?tab=input`, 2);
    await look(page, 'hostile-execution', { narrow: true });
    const { session } = await api(`/executions/${state.execution}`);
    await visit(page, `/chat?agent=${encodeURIComponent(`${ID}/hostile`)}&session=${session}`, 2);
    await page.getByText(/\d steps/).click();
    await page.getByRole('button', { name: /^far/ }).click();
    await page.getByText('hostile.xxx').nth(1).waitFor();
    await look(page, 'hostile-chat', { narrow: true });
    await visit(page, `/executions?session=${session}`, 0);
  },

  async 'the names that a model gives to tools are text'(page) {
    const names = [SHORT, 'safe.read\u202egnp.exe\u0007', 'W'.repeat(10_000)];
    const graph = await api('/graphs', 'POST', {
      metadata: { name: 'asks', version: '1' }, channels: { talk: { type: 'array', reducer: 'messages' } },
      nodes: [{ id: 'call', type: 'tool', config: { messages: 'talk', tools: ['hostile.say'] } }],
      edges: [{ source: 'START', target: 'call' }, { source: 'call', target: 'END' }],
    });
    const toolCalls = names.map((tool, at) => ({ id: `c${at}`, tool, arguments: { [tool.slice(0, 60)]: tool } }));
    const begun = await api('/executions', 'POST', { graph: graph.id, input: { talk: [{ role: 'assistant', content: '', toolCalls }] } });
    await until('the answers', async () => (await api(`/executions/${begun.id}`)).finishedAt !== undefined);
    await visit(page, `/executions/${begun.id}?node=call`, 1);
    await until('a card for each call', async () => (await page.locator('summary').filter({ has: page.locator('code') }).count()) >= names.length);
    for (const card of await page.locator('summary').filter({ has: page.locator('code') }).all()) await card.click();
    await page.getByText('safe.read⟨U+202E⟩gnp.exe⟨U+0007⟩').first().waitFor();
    await page.getByText('"safe.read\\u202egnp.exe\\u0007"').first().waitFor();
    await page.getByText('(10,000 characters)').first().waitFor();
    await clean(page, 'the calls of a model', 2);
    await look(page, 'hostile-calls', { narrow: true });
  },

  async 'what goes wrong is text'(page) {
    await api('/policies/look-first', 'DELETE');
    const begun = await api('/executions', 'POST', { agent: `${ID}/hostile`, input: { question: 'break' }, session: 'broken' });
    await until('the failure', async () => (await api(`/executions/${begun.id}`)).state === 'FAILED');
    await visit(page, `/executions/${begun.id}`, 0);
    await page.getByRole('alert').first().waitFor();
    await clean(page, 'the failure');
    await look(page, 'hostile-failure');
    await visit(page, `/chat?agent=${encodeURIComponent(`${ID}/hostile`)}&session=broken`, 0);
    await page.getByRole('alert').first().waitFor();
    await clean(page, 'the failure in the chat');
  },

  async 'names and reasons of people are text'(page) {
    await api('/users', 'POST', { name: `${SHORT} \u202egnp.exe`, email: 'hostile@example.org', kind: 'PERSON', roles: ['viewer'] });
    await api('/roles/hostile', 'PUT', { description: SHORT, scopes: ['usage:read'] });
    await api('/groups/hostile', 'PUT', { description: SHORT, members: [], roles: ['viewer'] });
    await visit(page, '/users');
    await look(page, 'hostile-users');
    await page.getByRole('tab', { name: 'Groups' }).click();
    await clean(page, 'the groups');
    await page.getByRole('tab', { name: 'Roles' }).click();
    await clean(page, 'the roles', 1);
    await visit(page, '/api-keys');
    await page.getByRole('button', { name: /^Key <img/ }).first().click();
    await page.getByRole('menuitem', { name: 'What can it do' }).click();
    await dialog(page).getByText(/\d+ operations?/).waitFor();
    await clean(page, 'the permissions', 1);
    await page.keyboard.press('Escape');
    await api('/kill-switches/tool/hostile.say', 'PUT', { reason: SHORT });
    await visit(page, '/kill-switches');
    await api(`/kill-switches/tool/hostile.say?reason=${encodeURIComponent(SHORT)}`, 'DELETE');
    await visit(page, '/audit', 0);
    for (const row of [1, 2, 3]) {
      await page.getByRole('row').nth(row).getByRole('button').first().click();
      await dialog(page).waitFor();
      await clean(page, 'a record');
      await page.keyboard.press('Escape');
      await dialog(page).waitFor({ state: 'detached' });
    }
    const somebody = await member('Mallory', ['viewer']);
    await api(`/users/${somebody.id}/roles`, 'PUT', { roles: ['viewer', 'hostile'] });
    await visit(page, '/users', 1);
  },

  async 'a long name moves nothing out of sight'(page) {
    await api('/api-keys', 'POST', { name: 'W'.repeat(100), scopes: ['agents:read'] });
    await member('N'.repeat(60), ['viewer']);
    for (const [path, menu] of [['/api-keys', /^Key W{100}/], ['/users', /N{60}/]]) {
      await page.goto(`${url}/console${path}`);
      const right = await page.getByRole('button', { name: menu }).first().evaluate((button) => button.getBoundingClientRect().right - globalThis.innerWidth);
      assert.ok(right < 0, `the menu of ${path} is ${right} pixels beyond the screen`);
    }
  },

  async 'addresses are text'(page) {
    // A dialog fails the test as well, and so does what is taken for a file because of its dot.
    const hostile = encodeURIComponent('<img src=x onerror=alert(1)>.svg');
    const script = encodeURIComponent('javascript:alert(1)');
    const addresses = [
      `/executions/${hostile}`, `/executions?agent=${hostile}&session=${hostile}&state=${hostile}`, `/executions/${state.execution}?tab=${hostile}&node=${hostile}&event=${hostile}`,
      `/approvals/${hostile}`, `/approvals?state=${hostile}`, `/chat?agent=${hostile}&session=${hostile}`,
      `/store/${hostile}`, `/store?q=${hostile}&category=${hostile}&operation=${hostile}`, `/store/${ID}?operation=${script}`, `/plugins/${hostile}?operation=${hostile}`,
      `/packs/${hostile}/${hostile}`, `/packs/self/settings/${hostile}`, `/kill-switches?${hostile}`, `/users?tab=${hostile}`, `/api-keys#${hostile}`,
      `/audit?actor=${hostile}&action=${hostile}&target=${hostile}`, `/${hostile}`, `/${script}`,
    ];
    for (const address of addresses) {
      await page.goto(`${url}/console${address}`);
      await page.locator('h1').first().waitFor();
      await settled(page);
      await clean(page, address);
      assert.equal(new URL(page.url()).origin, new URL(url).origin, address);
    }
  },
};

await run(steps, async () => {
  const page = await (await person()).open();
  await signIn(page, key);
  await page.getByRole('button', { name: 'Your account' }).waitFor();
  return page;
});
