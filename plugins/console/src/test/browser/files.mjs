// Plugins from a file: what they ask for is shown first, an update that asks for more is refused or agreed to, what is
// critical takes a word of its own, and going back and removing say whom they touch.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import process from 'node:process';
import { api, key, look, person, run, signIn, until, url } from './browser.mjs';

const { FILES: files } = process.env;
const ID = 'file-tool';
const dialog = (page) => page.getByRole('dialog');

async function choose(page, button, file) {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button }).click();
  await (await chooser).setFiles(join(files, file));
}

const plugin = () => api(`/plugins/${ID}`);

/** What the tool says now, asked by an execution. */
async function said() {
  const begun = await api('/executions', 'POST', { graph: 'ask-the-file' });
  const ended = await until('the end of an execution', async () => {
    const now = await api(`/executions/${begun.id}`);
    return ['SUCCEEDED', 'FAILED'].includes(now.state) ? now : undefined;
  });
  assert.equal(ended.state, 'SUCCEEDED', JSON.stringify(ended));
  return ended.output.text;
}

/** Does what begins an operation, and waits for the end of just that one, which the address names. */
async function done(page, act) {
  const before = page.url();
  await act();
  await page.waitForURL((now) => now.href !== before && now.searchParams.has('operation'));
  const id = new URL(page.url()).searchParams.get('operation');
  await page.getByRole('region', { name: 'Operation' }).filter({ hasText: id }).getByText('Done', { exact: true }).waitFor();
}

const steps = {
  async 'what is no plugin is refused with the reason'(page) {
    await page.goto(`${url}/console/store`);
    await choose(page, 'Install from a file', 'broken.jar');
    await dialog(page).getByRole('alert').getByText(/plugin:/).waitFor();
    await look(page, 'file-broken');
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
  },

  async 'a file is installed after a look'(page) {
    await choose(page, 'Install from a file', 'one.jar');
    await dialog(page).getByText('It asks for no permission.').waitFor();
    await dialog(page).getByText('Nobody signed it').waitFor();
    await look(page, 'file-consent', { narrow: true });
    await done(page, () => dialog(page).getByRole('button', { name: 'Agree and install' }).click());
    await api('/graphs', 'POST', {
      metadata: { name: 'ask-the-file' }, channels: { text: { type: 'any', reducer: 'last' } },
      nodes: [{ id: 'only', type: 'tool', config: { tool: 'file.say', arguments: {}, output: 'text' } }],
      edges: [{ source: 'START', target: 'only' }, { source: 'only', target: 'END' }],
    });
    assert.equal(await said(), 'one');
  },

  async 'an update that asks for more changes nothing when it is refused'(page) {
    await page.goto(`${url}/console/plugins/${ID}`);
    await choose(page, 'Update from a file', 'two.jar');
    await dialog(page).getByText('What is different from what you agreed to').waitFor();
    await dialog(page).getByText('New', { exact: true }).waitFor();
    await dialog(page).getByText('collector.example.com:443').first().waitFor();
    await dialog(page).getByText('Why: sends what it is told elsewhere').waitFor();
    await look(page, 'file-update', { narrow: true });
    await dialog(page).getByRole('button', { name: 'Refuse, and keep the present version' }).click();
    await dialog(page).waitFor({ state: 'detached' });
    assert.equal((await plugin()).version, '1.0.0');
    assert.equal(await said(), 'one');
  },

  async 'when it is agreed to it takes over'(page) {
    await choose(page, 'Update from a file', 'two.jar');
    await done(page, () => dialog(page).getByRole('button', { name: 'Agree and update' }).click());
    assert.equal((await plugin()).version, '2.0.0');
    assert.equal(await said(), 'two');
    await page.getByText('granted', { exact: true }).waitFor();
  },

  async 'what is critical takes a word of its own'(page) {
    await choose(page, 'Update from a file', 'three.jar');
    const agree = dialog(page).getByRole('button', { name: 'Agree and update' });
    await dialog(page).getByText('open private members of other classes').first().waitFor();
    await dialog(page).getByText('granted already').waitFor();
    assert.ok(await agree.isDisabled(), 'nothing critical is agreed to by the way');
    await look(page, 'file-critical', { narrow: true });
    await dialog(page).getByRole('checkbox', { name: /I understand/ }).check();
    await done(page, () => agree.click());
    assert.equal((await plugin()).version, '3.0.0');
    assert.equal(await said(), 'three');
  },

  async 'what is critical and was left out takes the same word when it is granted later'(page) {
    const save = dialog(page).getByRole('button', { name: 'Save and load anew' });
    await page.getByRole('button', { name: 'Change what is granted' }).click();
    assert.ok(await save.isEnabled(), 'what was granted before needs no word');
    await dialog(page).getByRole('checkbox', { name: 'native.memory' }).check();
    assert.ok(await save.isDisabled(), 'nothing critical is granted by the way');
    await look(page, 'file-grant-critical', { narrow: true });
    await dialog(page).getByRole('checkbox', { name: /I understand/ }).check();
    await done(page, () => save.click());
    assert.ok((await api(`/plugins/${ID}/permissions`)).granted.includes('native.memory'));
  },

  async 'it goes back to the version before with the grants of then'(page) {
    await page.getByRole('button', { name: 'Back to 2.0.0' }).click();
    await look(page, 'file-rollback');
    await done(page, () => dialog(page).getByRole('button', { name: 'Go back' }).click());
    assert.equal(await said(), 'two');
    const { granted } = await api(`/plugins/${ID}/permissions`);
    assert.deepEqual(granted, ['net.connect collector.example.com:443']);
  },

  async 'it is removed only by who types its name and knows who uses it'(page) {
    await page.goto(`${url}/console/store`);
    await choose(page, 'Install from a file', 'user.jar');
    await done(page, () => dialog(page).getByRole('button', { name: 'Agree and install' }).click());
    await page.goto(`${url}/console/plugins/${ID}`);
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    const remove = dialog(page).getByRole('button', { name: 'Remove', exact: true });
    await dialog(page).getByText('tool file.say').waitFor();
    assert.ok(await remove.isDisabled(), 'its name has to be typed');
    await dialog(page).getByLabel(`Type ${ID} to confirm`).fill('file-too');
    assert.ok(await remove.isDisabled(), 'another name is not its name');
    await dialog(page).getByLabel(`Type ${ID} to confirm`).fill(ID);
    await remove.click();
    await dialog(page).getByText(/It is used.*user-tool/).waitFor();
    await look(page, 'file-used');
    assert.equal((await plugin()).state, 'STARTED', 'it was only asked about');
    await done(page, () => dialog(page).getByRole('button', { name: 'Remove it although it is used' }).click());
    assert.ok(!(await api('/plugins')).items.some((one) => one.id === ID), 'it is gone');
  },
};

await run(steps, async () => {
  const page = await (await person()).open();
  await signIn(page, key);
  await page.getByRole('button', { name: 'Your account' }).waitFor();
  return page;
});
