// Carries out what the console offers, and asks the API each time what came of it.
import { api, key, keyOfAnother, member, person, run, signIn, signInAs } from './browser.mjs';
import { decisions } from './decisions.mjs';
import { moving } from './moving.mjs';
import { upkeep } from './upkeep.mjs';

const KEPT = { type: 'any', reducer: 'last' };

/** A graph of one node. */
function graph(name, type, config, channels) {
  return {
    metadata: { name }, channels: Object.fromEntries(channels.map((channel) => [channel, KEPT])),
    nodes: [{ id: 'only', type, config }], edges: [{ source: 'START', target: 'only' }, { source: 'only', target: 'END' }],
  };
}

/** Somebody of the tenant who is signed in. */
async function signedIn(name, role) {
  const { id, email } = await member(name, [role]);
  const page = await (await person()).open();
  await signInAs(page, email);
  return { id, page };
}

async function prepare() {
  const acme = (await api('/tenants', 'POST', { name: 'acme' }, { tenant: '' })).id;
  await api(`/tenants/${acme}/packs/pack-research`, 'PUT', { configuration: {} });
  const asks = graph('asks', 'human', { prompt: 'How many?', output: 'many' }, ['many']);
  await api('/graphs', 'POST', asks);
  await api('/graphs', 'POST', asks, { tenant: acme });
  await api('/graphs', 'POST', graph('deed', 'tool', { tool: 'deed.do', arguments: { text: 'text' }, output: 'said' }, ['text', 'said']));
  await api('/policies/payments', 'PUT', {
    rules: [{
      id: 'pay', point: 'tool', scope: { tool: 'deed.do' }, when: "tool.arguments.text.startsWith('pay')", effect: 'REQUIRE_APPROVAL',
      reason: 'Payments are looked at.', approval: { risk: 'HIGH', escalate: { after: 'PT4H', to: 'role:owner' } },
    }],
  });
  const asker = await keyOfAnother('asker', ['executions:read', 'executions:write']);
  const [ida, vera, olaf] = [await signedIn('Ida', 'approver'), await signedIn('Vera', 'approver'), await signedIn('Olaf', 'owner')];
  await api('/groups/finance', 'PUT', { description: 'Who pays', members: [vera.id], roles: [] });
  const page = await (await person()).open();
  await signIn(page, key);
  await page.getByRole('button', { name: 'Your account' }).waitFor();
  return { page, ida, vera, olaf, asker, acme };
}

await run({ ...decisions(), ...moving(), ...upkeep() }, prepare);
