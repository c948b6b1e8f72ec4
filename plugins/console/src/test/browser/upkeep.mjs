// What those do who look after a server: plugins, packs, users, keys, tenants and the audit.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { api, look, member, PASSWORD, until, url } from './browser.mjs';
import { begin, dialog, ended } from './decisions.mjs';
import { AGENT, pull } from './research.mjs';

const TOOL = 'deed-tool';
const go = (page, path) => page.goto(`${url}/console${path}`);
const plugin = () => api(`/plugins/${TOOL}`);

/** What the tool says, asked by an execution. */
const said = async () => (await ended(await begin('well'))).output.said;

/** Presses what begins an operation, and the same in the dialog that it opens; waits for the end of that operation. */
async function done(page, name, { typed, confirm = name, force } = {}) {
  const before = page.url();
  await page.getByRole('button', { name, exact: true }).click();
  if (typed) await dialog(page).getByLabel(`Type ${typed} to confirm`).fill(typed);
  if (confirm) await dialog(page).getByRole('button', { name: confirm, exact: true }).click();
  if (force) await dialog(page).getByRole('button', { name: force, exact: true }).click();
  await page.waitForURL((now) => now.href !== before && now.searchParams.has('operation'));
  const id = new URL(page.url()).searchParams.get('operation');
  await page.getByRole('region', { name: 'Operation' }).filter({ hasText: id }).getByText('Done', { exact: true }).waitFor();
}

/** What the server answers to somebody with that address and password. */
async function login(email) {
  const answer = await fetch(`${url}/api/v1/login`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ email, password: PASSWORD }),
  });
  return answer.status;
}

const knows = async (secret) => (await fetch(`${url}/api/v1`, { headers: { Authorization: `Bearer ${secret}` } })).status;

/** Chooses in the menu of a row. */
async function choose(page, menu, item) {
  await page.getByRole('button', { name: menu, exact: true }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

/** The steps. */
export function upkeep() {
  const workers = async () => Number(await pull('workers'));

  return {
    async 'a plugin gets a process of its own, and comes back'({ page }) {
      assert.equal((await said()).note, 'kept');
      await go(page, `/plugins/${TOOL}`);
      await done(page, 'Isolate');
      assert.deepEqual([(await plugin()).isolated, await workers()], [true, 1]);
      assert.deepEqual(await said(), { text: 'well', note: 'kept', calls: 1 }, 'it works there');
      await page.getByText('own process').waitFor();
      await look(page, 'plugin-isolated', { brief: true });
      await done(page, 'Isolate no more');
      assert.ok(!(await plugin()).isolated);
      await until('the end of its process', async () => (await workers()) === 0);
      assert.equal((await said()).calls, 1);
    },

    async 'a plugin is loaded anew'({ page }) {
      await go(page, `/plugins/${TOOL}`);
      const before = (await said()).calls;
      assert.ok(before > 1, 'it counts its calls');
      await done(page, 'Load anew');
      assert.equal((await said()).calls, 1, 'it begins anew');
    },

    async 'a grant is taken back, and given again'({ page }) {
      await go(page, `/plugins/${TOOL}`);
      for (const [has, note] of [[false, /lacks permission fs\.read/], [true, /^kept$/]]) {
        const before = page.url();
        await page.getByRole('button', { name: 'Change what is granted' }).click();
        assert.equal(await dialog(page).getByRole('checkbox').count(), 1, 'what it needs is not taken back');
        await dialog(page).getByRole('checkbox', { name: /fs\.read/ }).setChecked(has);
        if (!has) await look(page, 'grants', { brief: true });
        await dialog(page).getByRole('button', { name: 'Save and load anew' }).click();
        await page.waitForURL((now) => now.href !== before);
        await dialog(page).waitFor({ state: 'detached' });
        await page.getByRole('region', { name: 'Operation' }).getByText('Done', { exact: true }).waitFor();
        assert.equal((await api(`/plugins/${TOOL}/permissions`)).granted.length, has ? 2 : 1);
        await page.getByText(has ? 'granted' : 'not granted', { exact: true }).nth(has ? 1 : 0).waitFor();
        assert.match((await said()).note, note);
      }
    },

    async 'a plugin is stopped and started, and what failed meanwhile is tried again'({ page }) {
      await go(page, `/plugins/${TOOL}`);
      await done(page, 'Stop', { typed: TOOL, force: 'Stop it although it is used' });
      assert.equal((await plugin()).state, 'STOPPED');
      await look(page, 'plugin-stopped', { brief: true });
      const failed = await begin('and again');
      await ended(failed, 'FAILED');
      await done(page, 'Start', { confirm: null });
      assert.equal((await plugin()).state, 'STARTED');
      await go(page, `/executions/${failed}`);
      await page.getByRole('button', { name: 'Retry', exact: true }).click();
      await dialog(page).getByRole('button', { name: 'Retry', exact: true }).click();
      await page.waitForURL((now) => now.pathname.includes('/executions/exe_') && !now.pathname.includes(failed));
      const again = await ended(/exe_[a-z0-9]+/.exec(page.url())[0]);
      assert.deepEqual([again.output.said.text, again.origin.execution], ['and again', failed]);
    },

    async 'a pack is disabled for one tenant, and stays for the other'({ page, acme }) {
      const agents = async (tenant) => (await api('/agents', 'GET', undefined, { tenant })).items.map(({ id }) => id);
      const other = { tenant: acme };
      assert.ok((await agents(acme)).includes(AGENT), 'it is there before');
      await go(page, '/packs');
      await page.getByRole('link', { name: /Research of acme: Enabled/ }).click();
      await page.getByRole('button', { name: 'Disable', exact: true }).click();
      await dialog(page).getByLabel('Type pack-research to confirm').fill('pack-research');
      await dialog(page).getByRole('button', { name: 'Disable', exact: true }).click();
      await page.getByText('Not enabled', { exact: true }).first().waitFor();
      await look(page, 'pack-disabled', { brief: true });
      assert.equal((await api(`/tenants/${acme}/packs/pack-research`)).enabled, false);
      assert.ok(!(await agents(acme)).includes(AGENT), 'its agent is gone there');
      const question = { agent: AGENT, input: { question: 'Are you there?', documents: [{ name: 'a.md', text: 'Here.' }] } };
      await assert.rejects(api('/executions', 'POST', question, other), / 404 /);
      assert.ok((await agents('default')).includes(AGENT), 'and is there for others');
      await ended((await api('/executions', 'POST', question)).id);
    },

    async 'a user gets other roles, is disabled, enabled and removed'({ page }) {
      const rolf = await member('Rolf', ['viewer']);
      const user = () => api(`/users/${rolf.id}`);
      const menu = 'What can be done with Rolf';
      await go(page, '/users');
      await choose(page, menu, 'Change roles');
      await dialog(page).getByRole('checkbox', { name: /^operator/ }).check();
      await dialog(page).getByRole('checkbox', { name: /^viewer/ }).uncheck();
      await dialog(page).getByRole('button', { name: 'Change roles' }).click();
      await dialog(page).waitFor({ state: 'detached' });
      assert.deepEqual((await user()).roles, ['operator']);
      assert.equal(await login(rolf.email), 200);

      const row = page.getByRole('row').filter({ hasText: 'Rolf' });
      await choose(page, menu, 'Disable');
      await dialog(page).getByLabel('Type Rolf to confirm').fill('Rolf');
      await dialog(page).getByRole('button', { name: 'Disable', exact: true }).click();
      await row.getByText('Disabled').waitFor();
      assert.deepEqual([(await user()).state, await login(rolf.email)], ['DISABLED', 401]);
      await look(page, 'user-disabled', { brief: true });
      await choose(page, menu, 'Enable');
      await row.getByText('Active').waitFor();
      assert.deepEqual([(await user()).state, await login(rolf.email)], ['ACTIVE', 200]);

      await choose(page, menu, 'Remove');
      await dialog(page).getByLabel('Type Rolf to confirm').fill('Rolf');
      await dialog(page).getByRole('button', { name: 'Remove', exact: true }).click();
      await row.waitFor({ state: 'detached' });
      await assert.rejects(user(), / 404 /);
      assert.equal(await login(rolf.email), 401);
    },

    async 'a key is replaced by another of the same rights'({ page }) {
      const old = await api('/api-keys', 'POST', { name: 'machine', scopes: ['agents:read'] });
      await go(page, '/api-keys');
      await choose(page, 'Key machine', 'Replace');
      await dialog(page).getByLabel('Accept the old one for').selectOption('PT0S');
      await dialog(page).getByRole('button', { name: 'Replace', exact: true }).click();
      const secret = await dialog(page).getByLabel('Secret', { exact: true }).inputValue();
      await dialog(page).getByRole('button', { name: 'I have kept it' }).click();
      assert.notEqual(secret, old.secret);
      assert.deepEqual([await knows(old.secret), await knows(secret)], [401, 200]);
      const { items } = await api('/api-keys?limit=100');
      const keys = items.filter(({ name }) => name === 'machine');
      assert.deepEqual(keys.map(({ scopes }) => scopes), [['agents:read'], ['agents:read']]);
      assert.equal(keys.filter(({ principal }) => principal === old.id).length, 2, 'it stands for the same');
    },

    async 'the switcher leads to another tenant, and to what is its own'({ page, acme }) {
      const own = (await api('/executions', 'POST', { graph: 'asks' }, { tenant: acme })).id;
      const others = await begin('in default');
      await go(page, `/executions/${others}`);
      await page.getByText('Complete').waitFor();
      await page.getByRole('button', { name: /default/ }).click();
      await page.getByRole('menuitemcheckbox', { name: 'acme', exact: true }).click();
      await page.getByRole('link', { name: own }).waitFor();
      assert.equal(new URL(page.url()).pathname, '/console/executions', 'what belongs to the tenant before is left');
      assert.equal(await page.getByRole('link', { name: others }).count(), 0);
      await look(page, 'tenant-switched', { brief: true });
      await page.getByRole('link', { name: 'asks', exact: true }).first().click();
      await page.getByRole('button', { name: 'Of asks' }).click();
      await page.getByRole('button', { name: 'Of asks' }).waitFor({ state: 'detached' });
      await page.getByRole('link', { name: own }).click();
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
      await dialog(page).getByRole('heading', { name: `Cancel ${own}?` }).waitFor();
      await dialog(page).getByText('It is an execution of asks.').waitFor();
      const now = dialog(page).getByRole('button', { name: 'Cancel the execution' });
      assert.ok(await now.isDisabled(), 'the end of its id has to be typed');
      await look(page, 'cancel', { brief: true });
      await dialog(page).getByLabel(`Type ${own.slice(-6)} to confirm`).fill(own.slice(-6));
      await now.click();
      await until('the end', async () => (await api(`/executions/${own}`, 'GET', undefined, { tenant: acme })).state === 'CANCELLED');
      await page.getByRole('button', { name: /acme/ }).click();
      await page.getByRole('menuitemcheckbox', { name: 'default', exact: true }).click();
      await page.getByRole('link', { name: others }).waitFor();
    },

    async 'whoever is not among the newest is found by name'({ page, vera, olaf }) {
      const robot = (number) => api('/users', 'POST', { name: `Robot ${number}`, kind: 'SERVICE', roles: ['viewer'] });
      for (let number = 1; number <= 51; number++) await robot(number);
      for (let number = 1; number <= 21; number++) await api('/tenants', 'POST', { name: `branch-${number}` }, { tenant: '' });
      await go(page, '/users?part=groups');
      await page.getByRole('button', { name: 'Change finance' }).click();
      assert.ok(await dialog(page).getByRole('checkbox', { name: /^Vera/ }).isChecked(), 'whoever is in has a name');
      assert.equal(await dialog(page).getByRole('checkbox', { name: /^Olaf/ }).count(), 0);
      await dialog(page).getByText('There are more').waitFor();
      await dialog(page).getByLabel('Find a user').fill('olaf');
      await dialog(page).getByRole('checkbox', { name: /^Olaf/ }).check();
      await look(page, 'members', { brief: true });
      await dialog(page).getByLabel('Find a user').fill('robot 7');
      await dialog(page).getByRole('checkbox', { name: /^Robot 7/ }).waitFor();
      assert.ok(await dialog(page).getByRole('checkbox', { name: /^Olaf/ }).isChecked(), 'who was chosen stays');
      await dialog(page).getByRole('button', { name: 'Save' }).click();
      await dialog(page).waitFor({ state: 'detached' });
      assert.deepEqual((await api('/groups/finance')).members.sort(), [olaf.id, vera.id].sort());
      await page.getByRole('button', { name: /default/ }).click();
      await page.getByRole('menuitem', { name: 'Find another one' }).click();
      await dialog(page).getByLabel('A part of its name, or its id').fill('acm');
      await dialog(page).getByRole('radio', { name: /^acme/ }).check();
      await look(page, 'tenant-found', { brief: true });
      await dialog(page).getByRole('button', { name: 'Act for it' }).click();
      await page.getByRole('button', { name: 'Acting for acme' }).click();
      await page.getByRole('menuitem', { name: 'Find another one' }).click();
      await dialog(page).getByLabel('A part of its name, or its id').fill('default');
      await dialog(page).getByRole('radio', { name: /^default/ }).check();
      await dialog(page).getByRole('button', { name: 'Act for it' }).click();
      await page.getByRole('button', { name: 'Acting for default' }).waitFor();
    },

    async 'what may go wrong with a graph is said beside what it does'({ page }) {
      const step = (target) => ({ source: 'START', target });
      await api('/graphs', 'POST', {
        metadata: { name: 'meeting' }, channels: { many: { type: 'any', reducer: 'last' } },
        nodes: [{ id: 'counts', type: 'transform', config: { set: { many: '1' } } }, { id: 'writes', type: 'code', config: { source: 'return {};' } }],
        edges: [step('counts'), step('writes')],
      });
      await go(page, `/executions/${(await api('/executions', 'POST', { graph: 'meeting' })).id}`);
      await page.getByRole('heading', { name: 'Warnings of the graph' }).waitFor();
      await page.getByText('/nodes/1').waitFor();
      await look(page, 'graph-warnings', { brief: true });
    },

    async 'the audit is exported as lines of JSON, one for each record'({ page }) {
      await go(page, '/audit?action=putUserRoles');
      const file = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export JSON Lines' }).click();
      const found = await file;
      assert.equal(found.suggestedFilename(), 'audit.jsonl');
      const lines = (await readFile(await found.path(), 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
      const { items } = await api('/audit?action=putUserRoles&limit=100');
      const numbers = (records) => records.map(({ sequence }) => sequence).sort((one, other) => one - other);
      assert.ok(items.length > 0);
      assert.deepEqual(numbers(lines), numbers(items));
    },
  };
}
