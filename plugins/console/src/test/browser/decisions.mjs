// What people decide about work: approvals in the inbox and in the chat, and what is done to executions.
import assert from 'node:assert/strict';
import { api, look, settled, until, url } from './browser.mjs';
import { AGENT, answer, DOCUMENTS, pull, question, send } from './research.mjs';

const OVER = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'];

export const dialog = (page) => page.getByRole('dialog');
const approval = (id) => api(`/approvals/${id}`);
const approvalOf = (execution) => until('an approval', async () => (await api('/approvals?state=PENDING')).items.find((one) => one.execution === execution));
const execution = (id) => api(`/executions/${id}`);

export async function ended(id, state = 'SUCCEEDED') {
  const found = await until(`the end of ${id}`, async () => {
    const now = await execution(id);
    return OVER.includes(now.state) ? now : undefined;
  });
  assert.equal(found.state, state, JSON.stringify(found));
  return found;
}

/** Begins what calls the tool with that text, as somebody who does not decide about it. */
export async function begin(text, bearer) {
  return (await api('/executions', 'POST', { graph: 'deed', input: { text } }, bearer ? { bearer, tenant: '' } : {})).id;
}

const idOf = (page) => /exe_[a-z0-9]+/.exec(page.url())[0];

/** Asks in a conversation of its own; returns the id of the execution that answers. */
async function ask(page, text) {
  await question(page, text);
  await send(page);
  await page.waitForURL(/session=/);
  const session = new URL(page.url()).searchParams.get('session');
  return (await until('the execution', async () => (await api(`/executions?session=${session}`)).items[0])).id;
}

/** The steps. */
export function decisions() {
  /** Something waits; the page shows its approval. */
  const waiting = async ({ page, asker }, text) => {
    const begun = await begin(text, asker.secret);
    const asked = await approvalOf(begun);
    await page.goto(`${url}/console/approvals/${asked.id}`);
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    return { begun, asked };
  };

  const delegated = async ({ page }, find, choice) => {
    await page.getByRole('button', { name: 'Delegate', exact: true }).click();
    await dialog(page).getByLabel(/Find a person/).fill(find);
    await dialog(page).getByRole('radio', { name: choice }).check();
    await dialog(page).getByLabel(/^Reason/).fill('I am away');
    await dialog(page).getByRole('button', { name: 'Delegate', exact: true }).click();
    await dialog(page).waitFor({ state: 'detached' });
  };

  /** Somebody opens it and agrees. */
  const agreed = async (page, id) => {
    await page.goto(`${url}/console/approvals/${id}`);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor({ state: 'detached' });
  };

  return {
    async 'what is edited and approved is what runs'(people) {
      const { page } = people;
      const { begun, asked } = await waiting(people, 'pay 100');
      await page.getByRole('button', { name: 'Edit the arguments' }).click();
      await page.getByRole('textbox', { name: 'Edit the arguments' }).fill('{"text": "pay 10"}');
      await look(page, 'approval-edit');
      await page.getByLabel('Reason').fill('Ten are enough');
      await page.getByRole('button', { name: 'Approve what you edited' }).click();
      assert.equal((await ended(begun)).output.said.text, 'pay 10', 'the tool was given what was edited');
      const decided = await approval(asked.id);
      assert.equal(decided.state, 'APPROVED');
      assert.deepEqual([decided.asked, decided.arguments], [{ text: 'pay 100' }, { text: 'pay 10' }]);
      assert.equal(decided.votes[0].reason, 'Ten are enough');
      await page.getByRole('heading', { name: 'Edited by a person' }).waitFor();
      await page.getByRole('heading', { name: 'What it was edited to' }).waitFor();
      await look(page, 'approved-edited', { brief: true });
    },

    async 'what is rejected does not run, and says why'(people) {
      const { page } = people;
      const { begun, asked } = await waiting(people, 'pay 200');
      await page.getByLabel('Reason').fill('Too much');
      await page.getByRole('button', { name: 'Reject', exact: true }).click();
      const { failure } = await ended(begun, 'FAILED');
      assert.equal(failure.code, 'policy:REJECTED');
      const decided = await approval(asked.id);
      assert.deepEqual([decided.state, decided.votes[0].agreed, decided.votes[0].reason], ['REJECTED', false, 'Too much']);
      await page.getByRole('button', { name: 'Reject', exact: true }).waitFor({ state: 'detached' });
      await page.getByText('Too much').waitFor();
      await page.getByRole('link', { name: begun }).click();
      await page.getByRole('alert').getByText('policy:REJECTED').waitFor();
    },

    async 'a person to whom it is delegated decides, and others do not'(people) {
      const { page, ida, vera } = people;
      const { begun, asked } = await waiting(people, 'pay 300');
      await delegated(people, 'Ida', /^Ida/);
      assert.equal((await approval(asked.id)).assignee, ida.id);
      await page.getByText('Given to').waitFor();
      await look(page, 'delegated', { brief: true });
      await vera.page.goto(`${url}/console/approvals/${asked.id}`);
      await vera.page.getByRole('button', { name: 'Approve', exact: true }).click();
      await vera.page.getByRole('alert').getByText(/policy:/).waitFor();
      assert.equal((await approval(asked.id)).state, 'PENDING');
      await agreed(ida.page, asked.id);
      await ended(begun);
      assert.equal((await approval(asked.id)).votes[0].by, ida.id);
    },

    async 'a member of the group to which it is delegated decides'(people) {
      const { vera } = people;
      const { begun, asked } = await waiting(people, 'pay 400');
      await delegated(people, 'finance', /^finance/);
      assert.equal((await approval(asked.id)).assignee, 'group:finance');
      await agreed(vera.page, asked.id);
      await ended(begun);
      assert.equal((await approval(asked.id)).votes[0].by, vera.id);
    },

    async 'what is passed on is for those whom the rule names'(people) {
      const { page, olaf } = people;
      const { begun, asked } = await waiting(people, 'pay 500');
      await page.getByRole('button', { name: 'Pass on now' }).click();
      await dialog(page).getByRole('button', { name: 'Pass on now' }).click();
      await dialog(page).waitFor({ state: 'detached' });
      assert.equal((await approval(asked.id)).escalatedTo, 'role:owner');
      await page.getByText('Whoever has the role owner').first().waitFor();
      assert.equal(await page.getByRole('button', { name: 'Pass on now' }).count(), 0, 'it is passed on once');
      await look(page, 'escalated', { brief: true });
      await agreed(olaf.page, asked.id);
      await ended(begun);
      assert.equal((await approval(asked.id)).votes[0].by, olaf.id);
    },

    async 'an answer that waits for consent goes on when somebody agrees in the chat'({ page, olaf }) {
      await api('/policies/ask-first', 'PUT', { rules: [{ id: 'ask', point: 'model', scope: { model: 'openai/slow' }, effect: 'REQUIRE_APPROVAL', reason: 'Questions are read first.' }] });
      const begun = await ask(page, 'Who agrees?');
      const asked = await approvalOf(begun);
      await olaf.page.goto(page.url());
      await answer(olaf.page).getByText('Questions are read first.').waitFor();
      await look(olaf.page, 'chat-approval', { brief: true });
      await answer(olaf.page).getByRole('button', { name: 'Approve', exact: true }).click();
      await ended(begun);
      const decided = await approval(asked.id);
      assert.deepEqual([decided.state, decided.votes[0].by], ['APPROVED', olaf.id]);
      for (const one of [page, olaf.page]) await answer(one).getByText(/word40/).waitFor();
      await api('/policies/ask-first', 'DELETE');
    },

    async 'an answer is stopped in its middle'({ page }) {
      await pull('hush');
      const begun = await ask(page, 'Will you stop?');
      await answer(page).getByText(/word5 /).waitFor();
      await answer(page).getByRole('button', { name: 'Stop', exact: true }).click();
      await ended(begun, 'CANCELLED');
      await answer(page).getByText('It was stopped.').waitFor();
      assert.equal(await answer(page).getByRole('alert').count(), 0, 'what somebody wanted is no failure');
      await pull('speak');
      assert.doesNotMatch(await answer(page).textContent(), /word40/, 'nothing more was said');
      await look(page, 'chat-stopped', { brief: true });
    },

    async 'a question of an execution is answered where it is seen'({ page }) {
      const { id } = await api('/executions', 'POST', { graph: 'asks' });
      await until('the question', async () => (await execution(id)).state === 'WAITING');
      await page.goto(`${url}/console/executions/${id}`);
      await page.getByRole('button', { name: 'Resume', exact: true }).click();
      await dialog(page).getByText('How many?').waitFor();
      await dialog(page).getByLabel('Your answer').fill('7');
      await look(page, 'resume', { brief: true });
      await dialog(page).getByRole('button', { name: 'Resume', exact: true }).click();
      assert.equal((await ended(id)).output.many, 7);
      await page.getByText('Complete').waitFor();
    },

    async 'what runs is paused at the end of its step, and goes on'({ page }) {
      await pull('hush');
      const { id } = await api('/executions', 'POST', { agent: AGENT, input: { question: 'Is there a pause?', ...DOCUMENTS } });
      await page.goto(`${url}/console/executions/${id}`);
      await page.locator('.react-flow__node').and(page.getByLabel('answer Running')).waitFor();
      await page.getByRole('button', { name: 'Pause', exact: true }).click();
      await dialog(page).getByRole('button', { name: 'Pause', exact: true }).click();
      await dialog(page).waitFor({ state: 'detached' });
      assert.equal((await execution(id)).pauseRequested, true);
      await pull('speak');
      await until('the pause', async () => (await execution(id)).state === 'WAITING');
      await page.getByRole('button', { name: 'Resume', exact: true }).click();
      await dialog(page).getByText('It was paused, and goes on where it stopped.').waitFor();
      await look(page, 'paused', { brief: true });
      await dialog(page).getByRole('button', { name: 'Resume', exact: true }).click();
      await ended(id);
      await page.getByText('Complete').waitFor();
    },

    async 'a fork with other values runs with them'({ page }) {
      const id = await begin('as it was');
      assert.equal((await ended(id)).output.said.text, 'as it was');
      await page.goto(`${url}/console/executions/${id}?tab=state`);
      await page.getByRole('slider').fill('0');
      await page.getByText(/Checkpoint 0 of \d/).waitFor();
      await page.getByRole('button', { name: 'Fork from here' }).click();
      await dialog(page).getByLabel('Other values').fill('{"text": "as it might be"}');
      await dialog(page).getByRole('listitem').filter({ hasText: '/text' }).waitFor();
      await look(page, 'fork-edited', { brief: true });
      await dialog(page).getByRole('button', { name: 'Fork', exact: true }).click();
      await page.waitForURL((now) => now.pathname.includes('/executions/exe_') && !now.pathname.includes(id));
      const forked = await ended(idOf(page));
      assert.deepEqual([forked.output.said.text, forked.origin], ['as it might be', { execution: id, checkpoint: 0 }]);
      assert.equal((await execution(id)).output.said.text, 'as it was', 'the first stays as it is');
    },

    async 'a list stays at its place: back, when it is loaded again, and for whoever is given the address'({ page, ida, asker }) {
      const begun = await Promise.all(Array.from({ length: 30 }, (_, number) => begin(`pay ${number}`, asker.secret)));
      await until('all approvals', async () => (await api('/approvals?state=PENDING&limit=100')).items.length >= begun.length);
      const rows = async (one) => {
        await settled(one);
        return one.getByRole('row').getByRole('link').evaluateAll((all) => all.map((link) => new URL(link.href).pathname));
      };
      const at = (one, number) => one.getByText(`Page ${number}`, { exact: true }).waitFor();
      await page.goto(`${url}/console/approvals`);
      await page.getByRole('button', { name: 'Next page' }).click();
      await at(page, 2);
      const second = await rows(page);
      assert.ok(second.length > 1, 'there is a second page');
      const chosen = page.getByRole('row').nth(2);
      await chosen.getByRole('link').click();
      await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
      assert.equal(await chosen.getAttribute('aria-selected'), 'true', 'what is chosen is in the list');
      assert.deepEqual(await rows(page), second);
      await look(page, 'second-page', { narrow: true });
      await page.reload();
      await at(page, 2);
      assert.deepEqual(await rows(page), second, 'when it is loaded again');

      await ida.page.goto(page.url());
      await at(ida.page, 2);
      assert.deepEqual(await rows(ida.page), second, 'for whoever is given the address');
      await ida.page.goto(page.url().replace(/page=2-\w+/, 'page=2-abc'));
      await ida.page.getByRole('alert').getByText('server:INVALID_CURSOR').waitFor();
      await ida.page.getByRole('button', { name: 'Try again' }).click();
      await at(ida.page, 1);

      await page.getByRole('button', { name: 'Previous page' }).click();
      await at(page, 1);
      await page.goBack();
      await at(page, 2);

      await page.goto(`${url}/console/executions`);
      await page.getByRole('button', { name: 'Next page' }).click();
      await at(page, 2);
      const older = await rows(page);
      await page.getByRole('row').nth(3).getByRole('link').first().click();
      await page.getByRole('link', { name: 'Executions' }).first().waitFor();
      await page.waitForURL(/exe_/);
      await page.goBack();
      await at(page, 2);
      assert.deepEqual(await rows(page), older, 'back from one of the list');
      await page.getByRole('combobox', { name: 'State' }).selectOption('WAITING');
      await at(page, 1);
      assert.ok(!page.url().includes('page='), 'what is narrowed begins at its first page');
      await Promise.all(begun.map((id) => api(`/executions/${id}/cancel`, 'POST')));
    },
  };
}
