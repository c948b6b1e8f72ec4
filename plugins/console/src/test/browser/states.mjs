// Every room when there is nothing in it, while it is loaded, when the server fails, and for somebody who may not enter;
// and with content. axe looks at each, light and dark, on a large screen and on a small one.
import assert from 'node:assert/strict';
import { api, key, look, person, run, settled, signIn, until, url } from './browser.mjs';

const ROOMS = ['executions', 'chat', 'approvals', 'store', 'packs', 'plugins', 'kill-switches', 'api-keys', 'users', 'tenants', 'data', 'audit', 'health'];
/** What says who asks is answered as ever, and so is the stream: a room would be asked for again when that comes back. */
const IDENTITY = /\/api\/v1(\/login|\/changes)?(\?.*)?$/;
const PROBLEM = {
  type: 'about:blank', title: 'Failed', status: 500, code: 'kernel:INTERNAL', detail: 'The server could not do this.',
  action: 'Try again, and tell an administrator the trace id if it happens again.', traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
};

async function entered(secret, tenant) {
  const page = await (await person()).open();
  if (tenant) {
    await page.addInitScript((id) => {
      globalThis.sessionStorage.setItem('agentos.tenant', id);
      globalThis.sessionStorage.setItem('agentos.tenant.chosen', 'yes');
    }, tenant);
  }
  await signIn(page, secret);
  await page.getByRole('button', { name: 'Your account' }).waitFor();
  return page;
}

const state = {};

const steps = {
  async 'a room with nothing in it says what will be there'() {
    const page = await entered(key, state.bare);
    for (const room of ROOMS) {
      await page.goto(`${url}/console/${room}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await settled(page);
      await look(page, `${room}-empty`, { narrow: true });
    }
    for (const [room, words] of Object.entries({
      executions: /^No executions|Nothing/, chat: 'There is no agent yet', approvals: 'Nothing waits for you', 'kill-switches': 'Nothing is stopped',
    })) {
      await page.goto(`${url}/console/${room}`);
      await page.locator('main').getByRole('heading', { name: words }).first().waitFor();
    }
    await page.context().close();
  },

  async 'a room that is loaded has the shape of what comes'() {
    const page = await entered(key);
    let held = [];
    await page.route(/\/api\/v1/, (route) => {
      if (IDENTITY.test(route.request().url())) return route.continue();
      held.push(route);
      return undefined;
    });
    for (const room of ROOMS) {
      await page.goto(`${url}/console/${room}`);
      // Until the room's script has come, something without a heading stands in its place.
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.locator('main').getByRole('status').filter({ hasText: 'Loading' }).first().waitFor({ state: 'attached' });
      await look(page, `${room}-loading`, { brief: true });
      const last = held;
      held = [];
      await Promise.allSettled(last.map((route) => route.abort()));
    }
    await page.context().close();
  },

  async 'a room whose server fails says code, trace id and what to do, and recovers'() {
    const page = await entered(key);
    let failing = true;
    await page.route(/\/api\/v1/, (route) => {
      if (!failing || IDENTITY.test(route.request().url())) return route.continue();
      return route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify(PROBLEM) });
    });
    for (const room of ROOMS) {
      failing = true;
      await page.goto(`${url}/console/${room}`);
      const alert = page.locator('main').getByRole('alert').first();
      await alert.getByText(PROBLEM.detail).waitFor();
      await alert.getByText(PROBLEM.action).waitFor();
      await alert.getByText(PROBLEM.code).waitFor();
      await alert.getByText(PROBLEM.traceId).waitFor();
      await look(page, `${room}-error`, { brief: true });
      // Each part of the room has its own failure; all of them are there before the first is tried again.
      await settled(page);
      failing = false;
      const again = page.locator('main').getByRole('button', { name: 'Try again' });
      for (let left = await again.count(); left > 0; left = await again.count()) {
        const before = left;
        // It may have come by itself meanwhile: then there is nothing left to press.
        await again.first().click({ timeout: 15_000 }).catch(async (gone) => {
          if ((await again.count()) >= before) throw gone;
        });
        await until(`the room ${room} after it failed`, async () => (await again.count()) < before);
      }
    }
    await page.context().close();
  },

  async 'a room whose pages did not come says so, and comes when it is tried again'() {
    const page = await entered(key);
    let away = true;
    await page.route(/\/assets\/room-/, (route) => (away ? route.abort() : route.continue()));
    await page.goto(`${url}/console/health`);
    await page.locator('main').getByText('console:UNREACHABLE').waitFor();
    away = false;
    await page.locator('main').getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'System health', level: 1 }).waitFor();
    await page.context().close();
  },

  async 'what failed is found by its reason and retried at once, and what came of each is said'() {
    const page = await entered(key);
    const [refused] = state.failed;
    const row = (id) => page.getByRole('row').filter({ hasText: id });
    await page.goto(`${url}/console/executions`);
    await page.getByLabel('Failure').fill('graph:EXPRESSION_FAILED');
    await page.getByLabel('Failure').press('Enter');
    await page.getByLabel('Retried', { exact: true }).selectOption('false');
    await page.getByRole('checkbox', { name: 'Choose all on this page' }).check();
    await look(page, 'executions-chosen', { narrow: true });
    await page.getByRole('button', { name: `Retry ${state.failed.length}` }).click();
    const dialog = page.getByRole('dialog');
    // Of one the server says no; the others go on all the same.
    const answer = { status: 423, contentType: 'application/problem+json', body: JSON.stringify({ ...PROBLEM, status: 423 }) };
    await page.route(`**/${refused}/retry`, (route) => route.fulfill(answer), { times: 1 });
    await dialog.getByRole('button', { name: 'Retry' }).click();
    await until('what came of each', async () => (await dialog.getByText(/^Goes on as/).count()) === state.failed.length - 1);
    await dialog.getByRole('listitem').filter({ hasText: refused }).getByText(PROBLEM.detail).waitFor();
    await look(page, 'executions-retried', { narrow: true });
    await dialog.getByRole('button', { name: 'Retry' }).click();
    await until('the one that was left', async () => (await dialog.getByText(/^Goes on as/).count()) === state.failed.length);
    const begun = await dialog.getByRole('link').allInnerTexts();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    // They fail again, and stand on the list in place of those that were retried.
    for (const id of begun) await row(id).waitFor();
    for (const id of state.failed) assert.equal(await row(id).count(), 0, `${id} was retried`);
    await page.getByLabel('Failure').fill('crashed');
    await page.getByLabel('Failure').press('Enter');
    await page.getByRole('alert').getByText('graph:CRASHED_TOO_OFTEN').first().waitFor();
    await page.context().close();
  },

  async 'a room that somebody may not enter says which right it takes'() {
    const page = await entered(state.nobody);
    for (const room of ROOMS) {
      await page.goto(`${url}/console/${room}`);
      await page.getByRole('heading', { name: 'You may not see this', level: 1 }).waitFor();
      await page.getByText(/It takes the right [a-z-]+:(read|write|export)/).waitFor();
      await look(page, `${room}-forbidden`, { brief: true });
    }
    assert.equal(await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link').count(), 0);
    await page.context().close();
  },
};

await run(steps, async () => {
  state.bare = (await api('/tenants', 'POST', { name: 'bare' }, { tenant: '' })).id;
  const graph = await api('/graphs', 'POST', {
    metadata: { name: 'divides' },
    channels: { by: { type: 'integer', reducer: 'last' }, part: { type: 'integer', reducer: 'last' } },
    nodes: [{ id: 'divide', type: 'transform', config: { set: { part: '12 / by' } } }],
    edges: [{ source: 'START', target: 'divide' }, { source: 'divide', target: 'END' }],
  });
  state.failed = [];
  for (let i = 0; i < 3; i++) state.failed.push((await api('/executions', 'POST', { graph: graph.id, input: { by: 0 } })).id);
  for (const id of state.failed) await until('the failure', async () => (await api(`/executions/${id}`)).state === 'FAILED');
  state.nobody = (await api('/api-keys', 'POST', { name: 'nobody', scopes: ['usage:read'] }, { tenant: 'bare' })).secret;
});
