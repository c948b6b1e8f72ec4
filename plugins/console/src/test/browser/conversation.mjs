// Conversations of which much goes on at once, and what people are asked in the middle of them.
import assert from 'node:assert/strict';
import { api, install, key, keyOfAnother, look, member, person, run, signIn, signInAs, until, url } from './browser.mjs';

const KEPT = { type: 'any', reducer: 'last' };
const SESSION = 'many';
const TURNS = 6;

/** A graph of one node. */
const graph = (name, type, config, channels) => ({
  metadata: { name }, channels: Object.fromEntries(channels.map((channel) => [channel, KEPT])),
  nodes: [{ id: 'only', type, config }], edges: [{ source: 'START', target: 'only' }, { source: 'only', target: 'END' }],
});

/** Follows which streams of executions a page has open, and how many there were at most. */
function streamsOf(page) {
  const open = new Map();
  const seen = { most: 0, open, last: undefined };
  page.on('request', (request) => {
    const [, id] = /\/executions\/(exe_\w+)\/events$/.exec(new URL(request.url()).pathname) ?? [];
    if (!id) return;
    open.set(request, id);
    seen.last = request;
    seen.most = Math.max(seen.most, open.size);
  });
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => open.delete(request));
  return seen;
}

const steps = {
  async 'however many answers wait, one of them is followed'({ page }) {
    for (let turn = 0; turn < TURNS; turn++) await api('/executions', 'POST', { graph: 'asks', session: SESSION, whenBusy: 'enqueue', input: {} });
    const streams = streamsOf(page);
    await page.goto(`${url}/console/chat?session=${SESSION}`);
    const answers = page.locator('article');
    await until('all answers', async () => (await answers.count()) === TURNS);
    await page.getByText('Live', { exact: true }).waitFor();
    await until('the states of the others', async () => (await page.getByText('Queued', { exact: true }).count()) === TURNS - 1);
    assert.equal(streams.open.size, 1, 'one stream is open');
    await answers.first().getByText('Live', { exact: true }).waitFor();
    // What is not followed is seen nevertheless.
    const [first] = (await api(`/executions?session=${SESSION}`)).items.toReversed();
    await api(`/executions/${first.id}/resume`, 'POST', { answer: 7 });
    await answers.first().getByText('Succeeded').waitFor();
    await answers.nth(1).getByText('It waits for an answer.').waitFor();
    await answers.first().getByRole('button', { name: /^\d steps?/ }).waitFor();
    assert.ok(streams.most <= 2, `${streams.most} streams were open at once`);
    await look(page, 'chat-many-wait', { brief: true });
  },

  async 'a page that nobody looks at gives its stream back, and goes on behind its last event'({ page }) {
    const streams = streamsOf(page);
    await page.addInitScript(() => {
      const { setTimeout: later } = globalThis;
      // A minute out of sight is over at once.
      globalThis.setTimeout = (work, millis, ...rest) => later(work, millis === 60_000 ? 50 : millis, ...rest);
    });
    await page.reload();
    await page.getByText('Live', { exact: true }).waitFor();
    const see = (hidden) => page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
      document.dispatchEvent(new globalThis.Event('visibilitychange'));
    }, hidden);
    await until('one stream', () => streams.open.size === 1);
    await see(true);
    await until('no stream', () => streams.open.size === 0);
    await see(false);
    await until('one stream again', () => streams.open.size === 1);
    assert.match((await streams.last.allHeaders())['last-event-id'] ?? '', /^\d+$/, 'it goes on behind what it knows');
    await page.getByText('Live', { exact: true }).waitFor();
  },

  async 'of several questions each is answered on its own'({ page }) {
    const { id } = await api('/executions', 'POST', { graph: 'asks-two', input: {} });
    await until('both questions', async () => (await api(`/executions/${id}`)).interrupts?.length === 2);
    await page.goto(`${url}/console/executions/${id}`);
    for (const asked of ['How many guests come?', 'Is there soup?']) await page.locator('main').getByText(asked).waitFor();
    await look(page, 'execution-asks-two', { narrow: true });
    const answering = async (node, act) => {
      await page.getByRole('button', { name: 'Resume', exact: true }).click();
      const dialog = page.getByRole('dialog');
      const resume = dialog.getByRole('button', { name: 'Resume', exact: true });
      assert.ok(await resume.isDisabled(), 'nothing is answered yet');
      await act(dialog.getByRole('group', { name: node }));
      if (node === 'second') await look(page, 'resume-two', { narrow: true });
      await resume.click();
      await dialog.waitFor({ state: 'detached' });
    };
    await answering('second', (group) => group.getByLabel('Your answer').selectOption({ label: 'No' }));
    await until('the other question alone', async () => (await api(`/executions/${id}`)).interrupts?.map((one) => one.node).join() === 'first');
    await page.locator('main').getByText('Is there soup?').waitFor({ state: 'detached' });
    await answering('first', (group) => group.getByLabel('Your answer').fill('12'));
    await until('the end', async () => (await api(`/executions/${id}`)).state === 'SUCCEEDED');
    const { output } = await api(`/executions/${id}`);
    assert.deepEqual([output.many, output.soup], [12, false]);
  },

  async 'a number is approved and edited as it was written'({ page }) {
    const { asked } = await waiting('{"text":"pay","amount":9007199254740993}');
    await page.goto(`${url}/console/approvals/${asked}`);
    const shown = page.getByLabel('What runs when you approve');
    assert.match(await shown.textContent(), /"amount": 9007199254740993\b/);
    await page.getByRole('button', { name: 'Edit the arguments' }).click();
    const field = page.getByRole('textbox', { name: 'Edit the arguments' });
    assert.match(await field.inputValue(), /9007199254740993/);
    await page.getByText('Nothing yet: it is as it was asked.').waitFor();
    await field.fill('{"text": "pay", "amount": 9007199254740995}');
    const changing = page.getByRole('list', { name: 'What you change' });
    await changing.getByText('9007199254740993', { exact: true }).waitFor();
    await changing.getByText('9007199254740995', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Approve what you edited' }).click();
    await page.getByRole('heading', { name: 'What it was edited to' }).waitFor();
    assert.match(await raw(`/approvals/${asked}`), /"amount":9007199254740995\b/);
    await page.getByRole('list', { name: 'Edited by a person' }).getByText('9007199254740995', { exact: true }).waitFor();
  },

  async 'what was edited is compared whole, and each character of it is seen'({ page }) {
    const { asked } = await waiting('{"text":"pay"}');
    await page.goto(`${url}/console/approvals/${asked}`);
    await page.getByRole('button', { name: 'Edit the arguments' }).click();
    const lines = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`);
    await page.getByRole('textbox', { name: 'Edit the arguments' }).fill(JSON.stringify({ text: ['pay', ...lines, 'a\u00a0b\u200bc\u202ed'].join('\n') }));
    const added = page.getByRole('list', { name: 'What you change' }).locator('ins');
    await added.getByText('a⟨U+00A0⟩b⟨U+200B⟩c⟨U+202E⟩d').waitFor();
    assert.ok(await added.evaluate((element) => element.scrollHeight <= element.clientHeight + 1), 'nothing is cut');
    await look(page, 'approval-edited-whole', { narrow: true });
    await page.getByRole('button', { name: 'Reject', exact: true }).click();
    await page.getByRole('button', { name: 'Reject', exact: true }).waitFor({ state: 'detached' });
  },

  async 'what is typed about an approval stays when somebody else votes meanwhile'({ page }) {
    await api('/policies/deeds', 'PUT', { rules: [{ id: 'pay', point: 'tool', scope: { tool: 'deed.do' }, effect: 'REQUIRE_APPROVAL', reason: 'Payments are looked at.', approval: { people: 2 } }] });
    const { secret } = await keyOfAnother('voter', ['approvals:read', 'approvals:decide']);
    const { asked } = await waiting('{"text":"pay by two"}');
    await page.goto(`${url}/console/approvals/${asked}`);
    await page.getByRole('button', { name: 'Edit the arguments' }).click();
    await page.getByRole('textbox', { name: 'Edit the arguments' }).fill('{"text": "pay by three"}');
    const reason = page.getByLabel('Reason');
    await reason.fill('Half a rea');
    const { nonce } = await api(`/approvals/${asked}`);
    await api(`/approvals/${asked}/approve`, 'POST', { nonce, reason: 'Go on' }, { tenant: '', bearer: secret });
    await page.getByText('1 of 2').waitFor();
    await page.getByRole('status').getByText('Something has changed here meanwhile', { exact: false }).waitFor();
    assert.equal(await reason.inputValue(), 'Half a rea');
    assert.match(await page.getByRole('textbox', { name: 'Edit the arguments' }).inputValue(), /by three/);
    assert.ok(await reason.evaluate((field) => field === document.activeElement), 'the focus stays where it was typed');
    await look(page, 'approval-overtaken', { narrow: true });
    await page.getByRole('button', { name: 'Leave them as they are' }).click();
    await reason.press('End');
    await reason.pressSequentially('son');
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor({ state: 'detached' });
    assert.deepEqual((await api(`/approvals/${asked}`)).votes.map((vote) => vote.reason), ['Go on', 'Half a reason']);
    await api('/policies/deeds', 'PUT', DEEDS);
  },

  async 'what waits for an approval leads to it, and cannot be answered otherwise'({ page }) {
    const session = 'decided-elsewhere';
    const { begun, asked } = await waiting('{"text":"pay"}', session);
    await page.goto(`${url}/console/executions/${begun}`);
    const way = page.getByRole('link', { name: 'See the approval' });
    await way.waitFor();
    assert.equal(await page.getByRole('button', { name: 'Resume', exact: true }).count(), 0);
    await look(page, 'execution-awaits-approval', { narrow: true });
    await way.click();
    await page.waitForURL(new RegExp(`/approvals/${asked}`));
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    // Who may not see approvals is told that there is one.
    const { secret } = await api('/api-keys', 'POST', { name: 'asker', scopes: ['executions:read', 'executions:write', 'agents:read', 'graphs:read'] });
    const other = await (await person()).open();
    await signIn(other, secret);
    await other.getByRole('button', { name: 'Your account' }).waitFor();
    await other.goto(`${url}/console/chat?session=${session}`);
    await other.getByText('It waits for an approval.').waitFor();
    assert.equal(await other.getByRole('button', { name: 'Answer', exact: true }).count(), 0);
    await look(other, 'chat-awaits-approval', { brief: true });
    await other.context().close();
  },

  async 'a small screen shows what was chosen in place of the list, and leads back'({ page }) {
    const { asked } = await waiting('{"text":"pay on the way"}');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${url}/console/approvals`);
    const chosen = page.getByRole('link', { name: 'deed.do' }).first();
    await chosen.click();
    await page.waitForURL(new RegExp(`/approvals/${asked}`));
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    assert.equal(await chosen.isVisible(), false, 'the list is not between the heading and what was chosen');
    const back = page.locator('main').getByRole('link', { name: 'Approvals', exact: true });
    assert.ok(await back.evaluate((link) => link === document.activeElement), 'the focus is where it goes on');
    await look(page, 'approval-small');
    await back.click();
    await chosen.waitFor();
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${url}/console/approvals/${asked}`);
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    await chosen.waitFor();
    assert.equal(await back.isVisible(), false);
  },

  async 'a graph is still in sight when the screen is turned'({ page }) {
    const { begun } = await waiting('{"text":"turned"}');
    await page.goto(`${url}/console/executions/${begun}`);
    const node = page.locator('.react-flow__node').and(page.getByLabel('only Waiting'));
    for (const [width, height] of [[1440, 900], [390, 844], [1440, 900], [700, 900]]) {
      await page.setViewportSize({ width, height });
      await until(`the node in the middle at ${width}`, async () => {
        const [room, box] = [await page.locator('.react-flow').boundingBox(), await node.boundingBox()];
        return room && box && Math.abs(box.x + box.width / 2 - room.x - room.width / 2) < 40;
      }, 10);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    const asked = page.getByRole('dialog');
    await asked.getByRole('button', { name: 'Cancel the execution' }).waitFor();
    assert.equal(await asked.getByRole('button', { name: 'Cancel', exact: true }).count(), 0, 'no button could be taken for the other one');
    await asked.getByRole('button', { name: 'Let it go on' }).click();
    await asked.waitFor({ state: 'detached' });
    assert.equal((await api(`/executions/${begun}`)).state, 'WAITING');
  },
};

/** What the tool would do is looked at first. */
const DEEDS = { rules: [{ id: 'pay', point: 'tool', scope: { tool: 'deed.do' }, effect: 'REQUIRE_APPROVAL', reason: 'Payments are looked at.' }] };

/** What the API answers, as it is written. */
async function raw(path, content) {
  const response = await fetch(`${url}/api/v1${path}`, {
    headers: { Authorization: `Bearer ${key}`, 'AgentOS-Tenant': 'default', 'Content-Type': 'application/json' },
    ...(content === undefined ? {} : { method: 'POST', body: content }),
  });
  const said = await response.text();
  assert.ok(response.ok, said);
  return said;
}

/** An execution that waits until somebody agrees to a call with these arguments. */
async function waiting(given, session = `one-${Date.now()}`) {
  const begun = JSON.parse(await raw('/executions', `{"graph":"deed","session":"${session}","input":{"given":${given}}}`)).id;
  const { id } = await until('an approval', async () => (await api('/approvals?state=PENDING')).items.find((one) => one.execution === begun));
  return { begun, asked: id };
}

await run(steps, async () => {
  await install('pack-research');
  await api('/tenants/self/packs/pack-research', 'PUT', { configuration: {} });
  await api('/graphs', 'POST', graph('asks', 'human', { prompt: 'How many?', output: 'many' }, ['many']));
  const asks = (id, prompt, type, output) => ({ id, type: 'human', config: { prompt, schema: { type }, output } });
  await api('/graphs', 'POST', {
    metadata: { name: 'asks-two' }, channels: { many: KEPT, soup: KEPT },
    nodes: [asks('first', 'How many guests come?', 'integer', 'many'), asks('second', 'Is there soup?', 'boolean', 'soup')],
    edges: ['first', 'second'].flatMap((id) => [{ source: 'START', target: id }, { source: id, target: 'END' }]),
  });
  await api('/graphs', 'POST', graph('deed', 'tool', { tool: 'deed.do', arguments: { text: 'given.text', amount: 'has(given.amount) ? given.amount : 0' }, output: 'said' }, ['given', 'said']));
  await api('/policies/deeds', 'PUT', DEEDS);
  const { email } = await member('Olaf', ['owner']);
  const page = await (await person()).open();
  await signInAs(page, email);
  return { page };
});
