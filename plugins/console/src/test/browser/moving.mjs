// Executions that go on in another version of their graph, and dialogs about executions that go on meanwhile.
import assert from 'node:assert/strict';
import { api, look, until, url } from './browser.mjs';
import { dialog, ended } from './decisions.mjs';

const KEPT = { type: 'any', reducer: 'last' };
const NUMBER = { type: 'integer', reducer: 'last' };

const execution = (id) => api(`/executions/${id}`);
const begin = async (graph, input = {}) => (await api('/executions', 'POST', { graph, input })).id;
const go = (page, path) => page.goto(`${url}/console/executions/${path}`);
const waiting = (id, node) => until(`the question of ${node}`, async () => {
  const { state, interrupts = [] } = await execution(id);
  return state === 'WAITING' && interrupts.some((one) => one.node === node);
});

/** Divides twelve; at fault where that is by nothing. */
function divides(divide, channels, others = {}) {
  const nodes = [{ id: 'notes', type: 'transform', config: { set: { note: '"twelve"' } } }, { id: 'divide', type: 'transform', config: { set: { part: divide } } }];
  return {
    metadata: { name: 'divides-twelve' }, channels: { by: NUMBER, part: NUMBER, ...channels }, nodes,
    edges: [{ source: 'START', target: 'notes' }, { source: 'notes', target: 'divide' }, { source: 'divide', target: 'END' }], ...others,
  };
}

/** Asks one thing after the other. */
const TWICE = {
  metadata: { name: 'asks-twice' }, channels: { first: KEPT, second: KEPT },
  nodes: ['first', 'second'].map((id) => ({ id, type: 'human', config: { prompt: `The ${id}?`, output: id } })),
  edges: [{ source: 'START', target: 'first' }, { source: 'first', target: 'second' }, { source: 'second', target: 'END' }],
};

/** The steps. */
export function moving() {
  return {
    async 'what has failed goes on in a version in which the graph is mended'({ page }) {
      await api('/graphs', 'POST', divides('12 / by', { note: KEPT }));
      const failed = await begin('divides-twelve', { by: 0 });
      await ended(failed, 'FAILED');
      await go(page, failed);
      await page.getByRole('button', { name: 'Retry', exact: true }).waitFor();
      assert.equal(await page.getByRole('button', { name: 'Another version' }).count(), 0, 'there is none yet');

      await api('/graphs', 'POST', divides('by == 0 ? 0 : 12 / by', { note: KEPT, remark: { type: 'string', reducer: 'last', default: 'none' } }));
      const without = divides('0', { note: KEPT }, { edges: [{ source: 'START', target: 'notes' }, { source: 'notes', target: 'END' }] });
      await api('/graphs', 'POST', { ...without, nodes: without.nodes.slice(0, 1) });
      await page.reload();
      await page.getByRole('button', { name: 'Another version' }).click();
      const now = dialog(page).getByRole('button', { name: 'Go on in it' });
      await dialog(page).getByText('graph:MIGRATION_CONFLICT', { exact: false }).first().waitFor();
      await dialog(page).getByText(/divide/).first().waitFor();
      await look(page, 'migration-conflict', { narrow: true });
      assert.ok(await now.isDisabled(), 'what is in the way stays in the way');

      await dialog(page).getByLabel('Version of the graph').selectOption('2');
      await dialog(page).getByText('Begins with its default').first().waitFor();
      await dialog(page).getByRole('textbox', { name: 'Values for channels' }).fill('{"note": 1}');
      await dialog(page).getByText('Each channel takes a text in quotes.').waitFor();
      assert.ok(await now.isDisabled());
      await dialog(page).getByRole('textbox', { name: 'Values for channels' }).fill('{"remark": "note + \' again\'"}');
      await dialog(page).getByText('Gets the value that you give it').waitFor();
      await look(page, 'migration', { narrow: true });
      assert.equal((await api('/executions?limit=100')).items.filter(({ origin }) => origin?.execution === failed).length, 0, 'it was only asked about');
      await now.click();
      await page.waitForURL((at) => at.pathname.includes('/executions/exe_') && !at.pathname.endsWith(failed));
      const again = await ended(/exe_[a-z0-9]+/.exec(page.url())[0]);
      assert.deepEqual([again.graph.version, again.output.part, again.output.remark, again.origin.execution], [2, 0, 'twelve again', failed]);
      await page.getByText('Goes on from').waitFor();

      await go(page, `${failed}?tab=state`);
      await page.getByRole('button', { name: 'The checkpoint before' }).click();
      await page.getByText('Checkpoint 0 of', { exact: false }).first().waitFor();
      await page.getByRole('button', { name: 'From here in another version' }).click();
      await dialog(page).getByText('All nodes behind the checkpoint are run.', { exact: false }).waitFor();
      await dialog(page).getByLabel('Version of the graph').selectOption('2');
      await now.click();
      await page.waitForURL((at) => at.pathname.includes('/executions/exe_') && !at.pathname.endsWith(failed));
      const anew = await ended(/exe_[a-z0-9]+/.exec(page.url())[0]);
      assert.deepEqual([anew.graph.version, anew.origin.checkpoint], [2, 0]);
    },

    async 'a fork that is being written stays, and of its checkpoint, while the execution goes on'({ page }) {
      const id = await begin('asks');
      await waiting(id, 'only');
      await go(page, `${id}?tab=state`);
      await page.getByRole('button', { name: 'Fork from here' }).click();
      const title = await dialog(page).getByRole('heading', { level: 2 }).textContent();
      await dialog(page).getByRole('textbox', { name: 'Other values' }).fill('{"many": 7}');
      await api(`/executions/${id}/resume`, 'POST', { answer: 3 });
      await ended(id);
      await page.getByText('Complete').waitFor();
      await page.waitForTimeout(1_500);
      assert.equal(await dialog(page).getByRole('heading', { level: 2 }).textContent(), title);
      assert.equal(await dialog(page).getByRole('textbox', { name: 'Other values' }).inputValue(), '{"many": 7}');
      await page.keyboard.press('Escape');
      await dialog(page).waitFor({ state: 'detached' });
    },

    async 'an answer goes to the question that was seen, and to none that is asked meanwhile'({ page }) {
      await api('/graphs', 'POST', TWICE);
      const id = await begin('asks-twice');
      await waiting(id, 'first');
      await go(page, id);
      await page.getByRole('button', { name: 'Resume' }).click();
      await dialog(page).getByText('The first?').waitFor();
      await dialog(page).getByRole('textbox').fill('"of the first"');
      await api(`/executions/${id}/resume`, 'POST', { answer: 'of another' });
      await waiting(id, 'second');
      await dialog(page).getByRole('button', { name: 'Resume' }).click();
      await dialog(page).getByText('graph:INVALID_COMMAND').waitFor();
      await look(page, 'answered-meanwhile', { brief: true });
      assert.equal((await execution(id)).state, 'WAITING', 'nobody has answered the second');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Resume' }).click();
      await dialog(page).getByText('The second?').waitFor();
      await dialog(page).getByRole('textbox').fill('"of the second"');
      await dialog(page).getByRole('button', { name: 'Resume' }).click();
      const { output } = await ended(id);
      assert.deepEqual([output.first, output.second], ['of another', 'of the second']);
    },
  };
}
