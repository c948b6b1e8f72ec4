// The console of one server used for another one, in a browser that keeps their origins apart: with a key it lists, follows
// and steers what the other one has; and where one of the two has not named the other, it says which setting is missing.
//   OTHER, OTHER_KEY: the server that lets the pages of AGENTOS_URL in, and them alone
import assert from 'node:assert/strict';
import process from 'node:process';
import { api as ask, elsewhere, look, person, run, settled, until, url } from './browser.mjs';

const { OTHER: other, OTHER_KEY: otherKey } = process.env;
/** The same server under a name that the other one does not know. */
const stranger = url.replace('127.0.0.1', 'localhost');
const QUESTION = {
  metadata: { name: 'asks-somebody', version: '1' }, channels: { answer: { type: 'any', reducer: 'last' } },
  nodes: [{ id: 'ask', type: 'human', config: { prompt: 'Well?', output: 'answer' } }],
  edges: [{ source: 'START', target: 'ask' }, { source: 'ask', target: 'END' }],
};
elsewhere.add(new URL(other).origin);
elsewhere.add(new URL(stranger).origin);

const api = (path, method, body) => ask(path, method, body, { bearer: otherKey, at: other });
const state = {};

async function signIn(page, origin, secret) {
  await page.goto(`${origin}/console/`);
  await page.getByRole('tab', { name: 'API key' }).click();
  const servers = page.getByRole('combobox', { name: 'Server' });
  await servers.waitFor();
  await servers.selectOption({ label: new URL(other).host });
  await page.getByRole('textbox', { name: 'API key' }).fill(secret);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

const steps = {
  async 'a wrong key is refused in the words of the other server'() {
    const visitor = await person();
    const page = await visitor.open();
    await signIn(page, url, 'aos_wrong');
    await page.getByRole('alert').getByText('tenancy:UNAUTHENTICATED').waitFor();
    await page.getByText(/Trace id [0-9a-f]{32}/).waitFor();
    await visitor.close();
  },

  async 'a key signs in, and lists what is there and not here'() {
    const visitor = await person();
    const page = await visitor.open();
    const asked = [];
    page.on('request', (request) => asked.push(request));
    await signIn(page, url, otherKey);
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByText(`at ${new URL(other).host}`).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Executions' }).click();
    await page.getByRole('link', { name: state.waiting }).waitFor();
    await look(page, 'elsewhere');
    await settled(page);
    const keyed = asked.filter((one) => one.headers()['authorization']).map((one) => new URL(one.url()));
    assert.ok(keyed.length > 3);
    assert.deepEqual(keyed.filter((one) => one.origin !== new URL(other).origin).map(String), [], 'the key goes to no other server');
    assert.deepEqual(await visitor.context.cookies(), [], 'no cookie is set');
    Object.assign(state, { visitor, page });
  },

  async 'what goes on there is seen as it goes, and can be steered'() {
    const { page } = state;
    await page.getByRole('link', { name: state.waiting }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    await api(`/executions/${state.waiting}/resume`, 'POST', { answer: 'well' });
    await page.getByText('Complete', { exact: true }).waitFor();
    await page.getByText('Succeeded').first().waitFor();
    await page.goto(`${url}/console/executions/${state.second}`);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    const end = state.second.slice(-6);
    await page.getByRole('dialog').getByLabel(`Type ${end} to confirm`).fill(end);
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the execution' }).click();
    await until('the end', async () => (await api(`/executions/${state.second}`)).state === 'CANCELLED');
    await page.getByText('Cancelled').first().waitFor();
  },

  async 'whoever loads the page again is still there, and finds the way back'() {
    const { page, visitor } = state;
    await page.reload();
    await page.getByText('Cancelled').first().waitFor();
    await page.goto(`${url}/console/plugins/no.such.plugin`);
    await page.getByRole('alert').getByText('plugin:UNKNOWN_PLUGIN').waitFor();
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    // Back at the server of the pages, where people log in.
    await page.getByLabel('E-mail address').waitFor();
    assert.equal(await page.evaluate(() => globalThis.sessionStorage.getItem('agentos.key')), null);
    await visitor.close();
  },

  async 'a server that does not let the pages in is told by what to set there'() {
    const visitor = await person();
    const page = await visitor.open();
    await signIn(page, stranger, otherKey);
    const alert = page.getByRole('alert');
    await alert.getByText('console:SERVER_NOT_ALLOWED').waitFor();
    await alert.getByText(new RegExp(`${stranger} is among the allowed-origins`)).waitFor();
    await look(page, 'elsewhere-not-allowed', { narrow: true });
    assert.equal(await page.evaluate(() => globalThis.sessionStorage.getItem('agentos.key')), null, 'a key that is not used is not kept');
    await visitor.close();
  },

  async 'a server that is not named is neither offered nor reached'() {
    const visitor = await person();
    // Not one of the tabs that are watched: here a refused request is what has to happen.
    const page = await visitor.context.newPage();
    const refused = [];
    page.on('console', (message) => /Content Security Policy/i.test(message.text()) && refused.push(message.text()));
    await page.goto(`${url}/console/`);
    await page.getByRole('tab', { name: 'API key' }).click();
    const servers = page.getByRole('combobox', { name: 'Server' });
    await servers.waitFor();
    const offered = await servers.getByRole('option').allTextContents();
    assert.deepEqual(offered, ['This one', new URL(other).host]);
    const unnamed = other.replace('127.0.0.1', 'localhost');
    await page.evaluate(([origin, secret]) => {
      globalThis.sessionStorage.setItem('agentos.server', origin);
      globalThis.sessionStorage.setItem('agentos.key', secret);
    }, [unnamed, otherKey]);
    await page.reload();
    const alert = page.getByRole('alert');
    await alert.getByText('console:SERVER_NOT_NAMED').waitFor();
    await alert.getByText(new RegExp(`Add ${unnamed} to site-servers in the settings of ${url}`)).waitFor();
    await until('what the content security policy says of it', () => refused.length > 0);
    await look(page, 'elsewhere-not-named', { narrow: true });
    await page.getByRole('button', { name: 'Back to this server' }).click();
    await page.getByLabel('E-mail address').waitFor();
    await visitor.close();
  },
};

await run(steps, async () => {
  const graph = await api('/graphs', 'POST', QUESTION);
  for (const name of ['waiting', 'second']) state[name] = (await api('/executions', 'POST', { graph: graph.id, input: {} })).id;
  for (const name of ['waiting', 'second']) await until('the question', async () => (await api(`/executions/${state[name]}`)).state === 'WAITING');
});
