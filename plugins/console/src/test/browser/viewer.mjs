// What somebody who may only look sees, and gets: no control that the person has no right to, in no room; the same calls
// with the person's own session are refused; and an address that is not for them says which right it takes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { api, key, look, member, person, run, settled, signIn, signInAs, until, url } from './browser.mjs';

/** The pages with the controls by which something is changed there; an administrator has each of them. */
function pages({ waiting, approval }) {
  return {
    '/executions': [],
    [`/executions/${waiting}`]: ['Cancel'],
    [`/executions/${waiting}?tab=state`]: ['Fork from here'],
    '/approvals': [],
    [`/approvals/${approval}`]: ['Approve', 'Reject', 'Edit the arguments', 'Delegate'],
    '/store': ['Install from a file'],
    '/store/hello-tool': ['Install'],
    '/packs': [],
    '/packs/self/pack-research': ['Save', 'Disable'],
    '/plugins': [],
    '/plugins/pack-research': ['Update from a file', 'Load anew', 'Stop', 'Remove', 'Change what is granted'],
    '/kill-switches': ['Stop it', 'Lift'],
    '/tenants': ['Make a tenant', 'Erase default'],
    '/health': [],
  };
}

/** Rooms whose right a viewer lacks. */
const FORBIDDEN = {
  chat: 'executions:write', 'api-keys': 'api-keys:read', users: 'users:read', audit: 'audit:read', data: 'data:export', plugins: 'plugins:read',
  tenants: 'tenants:read', health: 'operations:read',
};

/** What changes nothing on the server. */
const HARMLESS = [
  /^Copy/, /^Copied/, /^Try again$/, /^(Next|Previous) page$/, /^(Larger|Smaller|The whole graph|The checkpoint (before|after)|(More|Less) room for the graph)$/, /^Hide$/, /^Clear the filters$/, /^\d+ more$/,
  // The same until the graph has its words.
  /^(Zoom In|Zoom Out|Fit View)$/,
  // A task in the timeline.
  /^\S+ (Waiting|Running|Succeeded|Failed)/,
  /^(Timeline|State|Events.*|Input and output|Graph)$/, /^Verify the chain$/, /^\d+ steps?/, /^(task|execution|checkpoint|interrupt|channel|superstep|custom)\.?\S* ?.*$/,
];

async function buttons(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('main button, main [role=button], main [role=menuitem]')]
      .filter((one) => one.checkVisibility() && !one.closest('.react-flow__node') && !one.hasAttribute('aria-pressed'))
      .map((one) => (one.getAttribute('aria-label') ?? one.textContent).replace(/\s+/g, ' ').trim()));
}

const state = {};

const steps = {
  async 'an administrator has the controls that are looked for'() {
    const administrator = await person();
    const page = await administrator.open();
    await signIn(page, key);
    await page.getByRole('button', { name: 'Your account' }).waitFor();
    for (const [path, controls] of Object.entries(pages(state))) {
      await page.goto(`${url}/console${path}`);
      for (const name of controls) await page.locator('main').getByRole('button', { name, exact: true }).first().waitFor();
    }
    await administrator.close();
  },

  async 'a viewer has none of them'() {
    const viewer = await person();
    const page = await viewer.open();
    await signInAs(page, state.viewer.email);
    const rooms = await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link').allTextContents();
    assert.deepEqual(rooms.map((room) => room.replace(/\d.*/, '')).sort(), ['Approvals', 'Executions', 'Kill switches', 'Packs', 'Store']);
    for (const [path, controls] of Object.entries(pages(state))) {
      await page.goto(`${url}/console${path}`);
      await settled(page);
      const there = await buttons(page);
      for (const name of controls) assert.ok(!there.includes(name), `${path} shows a viewer '${name}'`);
      const others = there.filter((name) => !HARMLESS.some((harmless) => harmless.test(name)));
      assert.deepEqual(others, [], `${path} shows a viewer more than is known to be harmless`);
      const fields = await page.locator('main').locator('input:not([type=search]):not([type=range]), textarea').evaluateAll(
        (all) => all.filter((one) => one.checkVisibility() && !one.matches(':disabled') && !one.readOnly && !one.closest('form:has([name=agent]), form:has([name=session]), form:has([name=failure]), search')).map((one) => one.outerHTML.slice(0, 120)));
      assert.deepEqual(fields, [], `${path} lets a viewer type`);
    }
    await look(page, 'viewer-health');
    state.page = page;
  },

  async 'a room that is not for a viewer says which right it takes'() {
    const { page } = state;
    for (const [room, right] of Object.entries(FORBIDDEN)) {
      await page.goto(`${url}/console/${room}`);
      await page.getByRole('heading', { name: 'You may not see this', level: 1 }).waitFor();
      await page.getByText(right).waitFor();
      await look(page, `forbidden-${room}`, { narrow: true });
    }
  },

  async 'the calls behind the controls are refused'() {
    const { page } = state;
    const description = JSON.parse(readFileSync('openapi.json', 'utf8'));
    const mine = await page.evaluate(async () => (await (await fetch('/api/v1')).json()).principal.scopes);
    const calls = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, operation]) => (operation['x-scopes'] ?? []).some((scope) => !mine.includes(scope)))
        .map(([method, operation]) => ({ id: operation.operationId, method: method.toUpperCase(), path: path.replace(/\{[^}]+\}/g, 'x') })));
    assert.ok(calls.length > 80, `there are ${calls.length} calls that a viewer may not make`);
    const answers = await page.evaluate(async (wanted) => {
      const { csrf } = await (await fetch('/api/v1/login')).json();
      const results = [];
      for (const { id, method, path } of wanted) {
        const sends = method !== 'GET' && method !== 'DELETE';
        const answer = await fetch(path, {
          method,
          headers: { 'AgentOS-CSRF': csrf, 'If-Match': '*', ...(sends ? { 'Content-Type': 'application/json' } : {}) },
          ...(sends ? { body: '{}' } : {}),
        });
        results.push(`${id} ${answer.status}`);
      }
      return results;
    }, calls);
    assert.deepEqual(answers.filter((answer) => !answer.endsWith(' 403')), []);
    const real = await page.evaluate(async (approval) => {
      const { csrf } = await (await fetch('/api/v1/login')).json();
      const answer = await fetch(`/api/v1/approvals/${approval.id}/approve`, {
        method: 'POST', headers: { 'AgentOS-CSRF': csrf, 'Content-Type': 'application/json' }, body: JSON.stringify({ nonce: approval.nonce }),
      });
      return [answer.status, (await answer.json()).code];
    }, await api(`/approvals/${state.approval}`));
    assert.equal(real[0], 403);
    assert.equal((await api(`/approvals/${state.approval}`)).state, 'PENDING');
    await page.context().close();
  },
};

await run(steps, async () => {
  state.viewer = await member('Vera', ['viewer']);
  const asked = await api('/executions', 'POST', { agent: 'pack-research/research', input: { question: 'Who looks?', documents: [{ name: 'a.md', text: 'A viewer looks.' }] } });
  state.waiting = asked.id;
  const open = await until('an approval', async () => (await api('/approvals?state=PENDING')).items.find((one) => one.execution === asked.id));
  state.approval = open.id;
  await api('/kill-switches/tool/no.such', 'PUT', { reason: 'a drill' });
});
