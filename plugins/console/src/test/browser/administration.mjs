// The rooms of those who run the server and their tenants, used as people do.
import assert from 'node:assert/strict';

/** The steps; each begins in a tab of an administrator of the platform that acts for the tenant `default`. */
export function administration({ url, api, look, open }) {
  const go = (page, path) => page.goto(`${url}/console${path}`);
  const dialog = (page) => page.getByRole('dialog');
  return {
    async 'a plugin is installed after its permissions were seen, and refusing installs nothing'(page) {
      await go(page, '/store?q=hello');
      await page.getByRole('link', { name: /Hello/ }).click();
      await page.getByRole('button', { name: 'Install', exact: true }).click();
      await dialog(page).getByText('It asks for no permission.').waitFor();
      await dialog(page).getByRole('button', { name: 'Refuse' }).click();
      assert.ok(!(await api('/plugins', 'GET', undefined, '')).items.some((plugin) => plugin.id === 'hello-tool'), 'it was refused');
      await go(page, '/store');
      await page.getByRole('link', { name: /OpenAI protocol/ }).waitFor();
      await look(page, 'store');
      await go(page, '/store/provider-openai');
      await page.getByText('What it may do when you agree').waitFor();
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
      await page.getByLabel(/^passages/).fill('99');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('This is more than 50.').waitFor();
      await look(page, 'pack');
      await page.getByLabel(/^passages/).fill('7');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved').waitFor();
      assert.equal((await api('/tenants/self/packs/pack-research')).configuration.passages, 7);
      await go(page, '/packs');
      await page.getByRole('link', { name: /provider-openai/ }).click();
      await page.getByLabel('OPENAI_API_KEY').fill('not-a-real-one');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Nobody gets it back', { exact: false }).waitFor();
      assert.equal(await page.getByLabel('OPENAI_API_KEY').inputValue(), '');
      await look(page, 'settings');
    },

    async 'something is stopped after seeing what stops, and lifted with a reason'(page) {
      await go(page, '/kill-switches');
      await page.getByRole('combobox', { name: 'What' }).selectOption('agent');
      await page.getByRole('combobox', { name: 'Agent' }).selectOption('pack-research/research');
      await page.getByRole('button', { name: 'Stop it' }).click();
      await dialog(page).getByText('What would stop').waitFor();
      await dialog(page).getByLabel('Reason').fill('a drill');
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
      assert.ok(!(await page.content()).includes(secret), 'the secret is gone with the dialog');

      const reading = await open();
      await reading.addInitScript((value) => globalThis.sessionStorage.setItem('agentos.key', value), secret);
      await reading.goto(`${url}/console/packs/self/pack-research`);
      await reading.getByLabel(/^passages/).waitFor();
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
      await dialog(page).getByLabel('Token').waitFor();
      await dialog(page).getByRole('button', { name: 'I have passed it on' }).click();
      await page.getByText('ada@example.org').waitFor();
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
    },

    async 'a tenant is made, and erased after what goes was counted'(page) {
      await go(page, '/tenants');
      await page.getByRole('button', { name: 'Make a tenant' }).click();
      await dialog(page).getByLabel('Name').fill('acme');
      await dialog(page).getByRole('button', { name: 'Make', exact: true }).click();
      await page.getByRole('cell', { name: 'acme', exact: true }).waitFor();
      await look(page, 'tenants');
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
    },

    async 'the health says what does its work'(page) {
      await go(page, '/health');
      await page.getByText('Ready', { exact: true }).waitFor();
      await page.getByText(/\d+ of \d+ run/).waitFor();
      await look(page, 'health');
    },
  };
}
