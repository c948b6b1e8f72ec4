// The rooms of those who run the server and their tenants, used as people do.
import assert from 'node:assert/strict';
import { until } from './browser.mjs';

/** The steps; each begins in a tab of an administrator of the platform that acts for the tenant `default`. */
export function administration({ url, api, look, open }) {
  const go = (page, path) => page.goto(`${url}/console${path}`);
  const dialog = (page) => page.getByRole('dialog');
  /** A pack is enabled for another tenant, after what that changes was seen. */
  const enabled = async (page) => {
    await go(page, '/packs');
    await page.getByRole('link', { name: /Research of acme: Not enabled/ }).click();
    await page.getByRole('button', { name: 'Enable with this configuration' }).click();
    await dialog(page).getByText('New agent').waitFor();
    assert.equal((await api('/tenants/acme/packs/pack-research', 'GET', undefined, '')).enabled, false, 'nothing is done yet');
    await look(page, 'pack-enable');
    await dialog(page).getByRole('button', { name: 'Enable', exact: true }).click();
    await page.getByText('Enabled', { exact: true }).first().waitFor();
    assert.equal((await api('/tenants/acme/packs/pack-research', 'GET', undefined, '')).enabled, true);
    await go(page, '/tenants');
    await page.getByRole('cell', { name: 'acme', exact: true }).waitFor();
  };

  /** The person follows the link, sets a password and is in; the link is good no more then. */
  const accepted = async (link) => {
    const person = await open();
    await person.goto(link);
    await person.getByLabel('E-mail address').waitFor();
    assert.equal(await person.getByLabel('E-mail address').inputValue(), 'ada@example.org');
    assert.ok(!person.url().includes('inv_'), 'the token is not left in the address');
    await look(person, 'invitation');
    await person.getByLabel('Password', { exact: true }).fill('too short');
    await person.getByRole('button', { name: 'Set it and sign in' }).click();
    await person.getByText('This has fewer than 12 characters.').waitFor();
    await person.getByLabel('Password', { exact: true }).fill('an analytical engine');
    await person.getByLabel('The password once more').fill('an analytical engine');
    await person.getByRole('button', { name: 'Set it and sign in' }).click();
    await person.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
    await person.goto(`${url}/console/sign-out-first`);
    await person.goto(link);
    await person.getByRole('heading', { name: 'This invitation is good no more' }).waitFor();
    await look(person, 'invitation-gone');
    await person.close();
  };
  return {
    async 'a plugin is installed after its permissions were seen, and refusing installs nothing'(page) {
      await go(page, '/store?q=hello');
      await page.getByRole('link', { name: /Hello/ }).click();
      await page.getByRole('button', { name: 'Install', exact: true }).click();
      await dialog(page).getByText('It asks for no permission.').waitFor();
      await dialog(page).getByText('What it says of itself').click();
      await dialog(page).getByText('The smallest plugin there is', { exact: false }).waitFor();
      await dialog(page).getByRole('button', { name: 'Refuse' }).click();
      assert.ok(!(await api('/plugins', 'GET', undefined, '')).items.some((plugin) => plugin.id === 'hello-tool'), 'it was refused');
      await go(page, '/store');
      await page.getByRole('link', { name: /OpenAI protocol/ }).waitFor();
      await look(page, 'store');
      await page.getByRole('button', { name: /^Models/ }).click();
      await page.waitForURL(/category=provider/);
      // What is left to narrow down moves up when the answer comes.
      await page.getByRole('link', { name: /OpenAI protocol/ }).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: /^Not installed/ }).click();
      await page.waitForURL(/installed=false/);
      await page.getByRole('link', { name: /OpenAI/ }).waitFor();
      await look(page, 'store-narrowed');
      await page.reload();
      await page.getByRole('button', { name: /^Not installed/, pressed: true }).waitFor();
      await page.getByRole('button', { name: 'Show all again' }).click();
      await page.getByRole('link', { name: /OpenAI protocol/ }).waitFor();
      await go(page, '/store/provider-openai');
      await page.getByText('What it may do when you agree').waitFor();
      await page.getByRole('heading', { name: 'Another server' }).waitFor();
      await look(page, 'listing');
      await page.getByRole('button', { name: 'Install', exact: true }).click();
      await dialog(page).getByText(/Why:/).first().waitFor();
      await look(page, 'consent');
      await dialog(page).getByRole('button', { name: 'Agree and install' }).click();
      await page.waitForURL(/operation=op_/);
      await page.reload();
      await page.getByText('Done', { exact: true }).waitFor();
      await page.getByRole('link', { name: /^Installed/ }).click();
      await page.getByText('Started').first().waitFor();
      await look(page, 'plugin');
    },

    async 'a plugin that is used is removed only by who says so twice'(page) {
      await go(page, '/plugins');
      await page.getByRole('link', { name: 'tool-documents' }).waitFor();
      await look(page, 'plugins');
      await page.getByRole('link', { name: 'tool-documents' }).click();
      await page.getByRole('button', { name: 'Remove' }).click();
      const remove = dialog(page).getByRole('button', { name: 'Remove' });
      assert.ok(await remove.isDisabled(), 'its name has to be typed');
      await dialog(page).getByLabel('Type tool-documents to confirm').fill('tool-documents');
      await remove.click();
      await dialog(page).getByRole('button', { name: 'Remove it although it is used' }).waitFor();
      await look(page, 'in-use');
      await page.keyboard.press('Escape');
    },

    async 'a pack is set by a form of its schema, and a secret is never shown again'(page) {
      await go(page, '/packs');
      await page.getByRole('link', { name: /Research of default/ }).waitFor();
      await look(page, 'packs');
      await page.getByRole('link', { name: /Research of default/ }).click();
      await page.getByLabel(/^Passages/).fill('99');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('This is more than 50.').waitFor();
      await look(page, 'pack');
      await page.getByLabel(/^Passages/).fill('7');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved').waitFor();
      assert.equal((await api('/tenants/self/packs/pack-research')).configuration.passages, 7);
      await go(page, '/packs');
      await page.getByRole('link', { name: /provider-openai/ }).click();
      await page.getByLabel('OPENAI_API_KEY').fill('not-a-real-one');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Nobody gets it back', { exact: false }).waitFor();
      await until('the empty field', async () => (await page.getByLabel('OPENAI_API_KEY').inputValue()) === '');
      await look(page, 'settings');
    },

    async 'something is stopped after seeing what stops, and lifted with a reason'(page) {
      await go(page, '/kill-switches');
      await page.getByRole('combobox', { name: 'What' }).selectOption('agent');
      await page.getByRole('combobox', { name: 'Agent' }).selectOption('pack-research/research');
      await page.getByRole('button', { name: 'Stop it' }).click();
      await dialog(page).getByText('What would stop').waitFor();
      await dialog(page).getByLabel('Reason').fill('a drill');
      assert.ok(await dialog(page).getByRole('button', { name: 'Stop it' }).isDisabled(), 'its name has to be typed');
      await dialog(page).getByLabel('Type pack-research/research to confirm').fill('pack-research/research');
      await look(page, 'kill-preview');
      await dialog(page).getByRole('button', { name: 'Stop it' }).click();
      await page.getByText('1 kill switch engaged').waitFor();
      await look(page, 'kill-engaged');
      await page.getByRole('button', { name: 'Lift' }).click();
      assert.ok(await dialog(page).getByRole('button', { name: 'Lift' }).isDisabled(), 'a reason has to be given');
      await dialog(page).getByLabel('Reason').fill('the drill is over');
      await dialog(page).getByRole('button', { name: 'Lift' }).click();
      await page.getByText('the drill is over').waitFor();
    },

    async 'a key is made, shown once, and revoked; who may only read sees no control'(page) {
      await go(page, '/api-keys');
      await page.getByRole('button', { name: 'Make a key' }).first().click();
      await dialog(page).getByLabel('Name').fill('reader');
      await dialog(page).getByRole('button', { name: 'Only reading' }).click();
      await look(page, 'key-form');
      await dialog(page).getByRole('button', { name: 'Make a key' }).click();
      const secret = await dialog(page).getByLabel('Secret', { exact: true }).inputValue();
      await look(page, 'key-secret');
      await dialog(page).getByRole('button', { name: 'I have kept it' }).click();
      await dialog(page).waitFor({ state: 'detached' });
      assert.ok(!(await page.content()).includes(secret), 'the secret is gone with the dialog');

      const reading = await open();
      await reading.addInitScript((value) => globalThis.sessionStorage.setItem('agentos.key', value), secret);
      await reading.goto(`${url}/console/packs/self/pack-research`);
      await reading.getByLabel(/^Passages/).waitFor();
      assert.equal(await reading.getByRole('button', { name: /Save|Disable/ }).count(), 0, 'who may only read changes nothing');
      assert.equal(await reading.getByRole('link', { name: 'Tenants' }).count(), 0, 'a tenant does not see tenants');
      await reading.goto(`${url}/console/kill-switches`);
      await reading.getByRole('heading', { name: 'Nothing is stopped' }).waitFor();
      assert.equal(await reading.getByRole('button', { name: 'Stop it' }).count(), 0);
      await reading.close();

      await page.getByRole('button', { name: 'Key reader' }).click();
      await page.getByRole('menuitem', { name: 'What can it do' }).click();
      await dialog(page).getByText(/\d+ operations/).waitFor();
      await look(page, 'permissions');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Key reader' }).click();
      await page.getByRole('menuitem', { name: 'Revoke' }).click();
      await dialog(page).getByLabel('Type reader to confirm').fill('reader');
      await dialog(page).getByRole('button', { name: 'Revoke' }).click();
      await page.getByText(/^Revoked/).waitFor();
      await look(page, 'keys');
      const refused = await fetch(`${url}/api/v1`, { headers: { Authorization: `Bearer ${secret}` } });
      assert.equal(refused.status, 401);
    },

    async 'people are invited, grouped and given roles'(page) {
      await go(page, '/users');
      await page.getByRole('button', { name: 'Add a user' }).click();
      await dialog(page).getByLabel('Name').fill('Ada');
      await dialog(page).getByLabel('E-mail address').fill('ada@example.org');
      await dialog(page).getByRole('checkbox', { name: /viewer/ }).check();
      await look(page, 'invite');
      await dialog(page).getByRole('button', { name: 'Add', exact: true }).click();
      const link = await dialog(page).getByLabel('Link').inputValue();
      await look(page, 'invitation-link');
      await dialog(page).getByRole('button', { name: 'I have passed it on' }).click();
      await page.getByText('ada@example.org').waitFor();
      await accepted(link);
      await look(page, 'users');
      await page.getByRole('tab', { name: 'Groups' }).click();
      await page.getByRole('button', { name: 'Make a group' }).first().click();
      await dialog(page).getByLabel('Name').fill('staff');
      await dialog(page).getByRole('checkbox', { name: /Ada/ }).check();
      await dialog(page).getByRole('button', { name: 'Save' }).click();
      await page.getByRole('cell', { name: 'staff', exact: true }).waitFor();
      await page.getByRole('tab', { name: 'Roles' }).click();
      await page.getByRole('button', { name: 'Make a role' }).click();
      await dialog(page).getByLabel('Name').fill('bookkeeper');
      await dialog(page).getByRole('checkbox', { name: 'usage:read' }).check();
      await dialog(page).getByRole('button', { name: 'Save' }).click();
      await page.getByText('bookkeeper').first().waitFor();
      await look(page, 'roles');
      await page.getByRole('button', { name: 'Change bookkeeper' }).click();
      await api('/roles/bookkeeper', 'PUT', { description: 'Whoever was faster.', scopes: ['usage:read', 'audit:read'] });
      await dialog(page).getByLabel('Description').fill('Whoever was slower.');
      await dialog(page).getByRole('button', { name: 'Save' }).click();
      await dialog(page).getByText('Somebody else has changed this since you opened it').waitFor();
      await look(page, 'role-changed');
      await dialog(page).getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('Whoever was faster.').waitFor();
      await page.getByRole('button', { name: 'Make a role' }).click();
      await dialog(page).getByLabel('Name').fill('bookkeeper');
      await dialog(page).getByRole('checkbox', { name: 'usage:read' }).check();
      await dialog(page).getByRole('button', { name: 'Save' }).click();
      await dialog(page).getByText('There is one of that name already.').waitFor();
      await dialog(page).getByRole('button', { name: 'Cancel' }).click();
      assert.equal((await api('/roles/bookkeeper')).description, 'Whoever was faster.');
    },

    async 'what is kept is handed out as a file, and what a person began is erased after it was counted'(page) {
      await api('/api-keys', 'POST', { name: 'leaver', scopes: ['executions:read'] });
      await go(page, '/data');
      await page.getByRole('button', { name: 'Make a file' }).click();
      await dialog(page).getByRole('button', { name: 'Make it' }).click();
      const ready = page.getByRole('button', { name: 'Download' }).first();
      await ready.waitFor();
      const file = page.waitForEvent('download');
      await ready.click();
      assert.match((await file).suggestedFilename(), /\.zip$/);
      await page.getByRole('button', { name: 'Erase a person' }).click();
      await dialog(page).getByLabel(/Find a user or a key/).fill('nobody is called like that');
      await dialog(page).getByText('There is nobody like that.').waitFor();
      await dialog(page).getByLabel(/Find a user or a key/).fill('leav');
      await dialog(page).getByRole('radio', { name: /^leaver/ }).check();
      assert.ok(await dialog(page).getByRole('button', { name: 'Erase for good' }).isDisabled(), 'first it is counted');
      await dialog(page).getByRole('button', { name: 'Count what would go' }).click();
      await dialog(page).getByRole('heading', { name: 'What would go' }).waitFor();
      assert.ok(await dialog(page).getByRole('button', { name: 'Erase for good' }).isDisabled(), 'the name has to be typed');
      await dialog(page).getByLabel('Type leaver to confirm').fill('leaver');
      await look(page, 'erase-person');
      await dialog(page).getByRole('button', { name: 'Erase for good' }).click();
      await page.getByText('Its erasure has begun.').waitFor();
      await page.getByRole('cell', { name: 'erased', exact: true }).waitFor();
      await look(page, 'data');
      await page.getByRole('button', { name: 'Remove', exact: true }).click();
      await dialog(page).getByRole('heading', { name: 'Remove the file of the whole tenant?' }).waitFor();
      const { items: [made] } = await api('/tenants/self/exports');
      await dialog(page).getByText(made.id).waitFor();
      const remove = dialog(page).getByRole('button', { name: 'Remove', exact: true });
      assert.ok(await remove.isDisabled(), 'the name of the tenant has to be typed');
      await dialog(page).getByLabel('Type default to confirm').fill('default');
      await look(page, 'remove-file', { brief: true });
      await remove.click();
      await page.getByText('No file was made').waitFor();
      assert.deepEqual((await api('/tenants/self/exports')).items, []);
    },

    async 'a plan is made, given, kept while it is had, taken away and removed'(page) {
      const records = async (action) => (await api(`/audit?action=${action}`)).items.length + (await api(`/audit?action=${action}`, 'GET', undefined, '')).items.length;
      await go(page, '/tenants?part=plans');
      await page.getByText('It has none').waitFor();
      await page.getByRole('button', { name: 'Make a plan' }).click();
      await dialog(page).getByLabel('Name').fill('free');
      await dialog(page).getByRole('checkbox', { name: /Reveal/ }).uncheck();
      await dialog(page).getByLabel(/^Executions a day/).fill('many');
      assert.ok(await dialog(page).getByRole('button', { name: 'Save' }).isDisabled(), 'a limit is a number');
      await dialog(page).getByLabel(/^Executions a day/).fill('100');
      await look(page, 'plan-form');
      await dialog(page).getByRole('button', { name: 'Save' }).click();
      await page.getByRole('cell', { name: 'free', exact: true }).waitFor();
      const plan = await api('/plans/free', 'GET', undefined, '');
      assert.equal(plan.limits.executionsPerDay, 100);
      assert.deepEqual([...plan.features].sort(), ['branches', 'graphs', 'sessions']);
      assert.ok((await records('putPlan')) > 0, 'it is recorded');
      await page.getByLabel('Another plan').selectOption('free');
      await page.getByRole('button', { name: 'Give it' }).click();
      await dialog(page).getByRole('button', { name: 'Give it' }).click();
      await page.getByRole('button', { name: 'Take it away' }).waitFor();
      assert.equal((await api('/plan')).plan, 'free');
      await look(page, 'plans');
      await page.getByRole('button', { name: 'Remove free' }).click();
      await dialog(page).getByLabel('Type free to confirm').fill('free');
      await dialog(page).getByRole('button', { name: 'Remove', exact: true }).click();
      await dialog(page).getByRole('alert').getByText(/quotas:/).waitFor();
      await dialog(page).getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'Take it away' }).click();
      await dialog(page).getByLabel('Type free to confirm').fill('free');
      await dialog(page).getByRole('button', { name: 'Take it away' }).click();
      await page.getByText('It has none').waitFor();
      await page.getByRole('button', { name: 'Remove free' }).click();
      await dialog(page).getByLabel('Type free to confirm').fill('free');
      await dialog(page).getByRole('button', { name: 'Remove', exact: true }).click();
      await page.getByRole('cell', { name: 'free', exact: true }).waitFor({ state: 'detached' });
      assert.ok((await records('deletePlan')) > 1, 'what was refused is recorded too');
    },

    async 'a tenant is made, and erased after what goes was counted'(page) {
      await go(page, '/tenants');
      await page.getByRole('button', { name: 'Make a tenant' }).click();
      await dialog(page).getByLabel('Name').fill('acme');
      await dialog(page).getByRole('button', { name: 'Make', exact: true }).click();
      await page.getByRole('cell', { name: 'acme', exact: true }).waitFor();
      await look(page, 'tenants');
      await enabled(page);
      await page.getByRole('button', { name: 'Erase acme' }).click();
      await dialog(page).getByLabel('Type acme to confirm').fill('acme');
      await look(page, 'erase');
      await dialog(page).getByRole('button', { name: 'Erase' }).click();
      await page.getByText('Its erasure has begun.').waitFor();
    },

    async 'the audit tells what was there before and after, and that nobody changed it'(page) {
      await go(page, '/audit?action=putGroup');
      await page.getByRole('button', { name: 'Verify the chain' }).click();
      await page.getByText(/Chain verified: \d+ records/).waitFor();
      await page.getByRole('cell', { name: 'staff', exact: true }).waitFor();
      await look(page, 'audit');
      await page.getByRole('row').nth(1).getByRole('button').click();
      await dialog(page).getByRole('heading', { name: 'After' }).waitFor();
      await look(page, 'audit-record');
      await page.keyboard.press('Escape');
      const file = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Export CSV' }).click();
      assert.equal((await file).suggestedFilename(), 'audit.csv');
      // The erasure before was asked what it would remove, which is none.
      await go(page, '/audit?action=deleteTenant');
      await page.getByRole('cell', { name: /Dry run/ }).first().waitFor();
    },

    async 'the health says what does its work'(page) {
      await go(page, '/health');
      await page.getByText('Ready', { exact: true }).waitFor();
      await page.getByText(/\d+ of \d+ run/).waitFor();
      await look(page, 'health');
    },
  };
}
