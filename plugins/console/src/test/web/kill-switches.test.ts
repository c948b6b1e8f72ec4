import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type * as Requests from '../../main/web/rooms/kill-switches/requests';

const stored: Record<string, string> = {};
const sent: string[] = [];
let requests: typeof Requests;

beforeAll(async () => {
  vi.stubGlobal('location', new URL('http://localhost/console/'));
  vi.stubGlobal('sessionStorage', { getItem: (name: string) => stored[name] ?? null });
  vi.stubGlobal('fetch', ({ method, url, headers }: Request) => {
    sent.push(`${method} ${new URL(url).pathname.replace('/api/v1/kill-switches/', '')} ${headers.get('AgentOS-Tenant') ?? 'none'}`);
    expect(url).toMatch(/^http:\/\/localhost\//);
    return Promise.resolve(new Response('{}', { headers: { 'Content-Type': 'application/json' } }));
  });
  requests = await import('../../main/web/rooms/kill-switches/requests');
});

beforeEach(() => {
  sent.length = 0;
});

it('what is stopped is the tenant’s that is chosen, and the server is nobody’s', async () => {
  stored['agentos.tenant'] = 'tnt_chosen';
  await requests.engage('platform', 'all', 'Why', true);
  await requests.engage('platform', 'all', 'Why', false);
  await requests.engage('agent', 'pack/agent', 'Why', false);
  stored['agentos.tenant'] = '';
  await requests.engage('tool', 'mail.send', 'Why', false);
  expect(sent).toEqual(['PUT platform/all none', 'PUT platform/all none', 'PUT agent/pack/agent tnt_chosen', 'PUT tool/mail.send none']);
});

it('what is lifted is the switch that was chosen, whichever tenant is', async () => {
  for (const chosen of ['tnt_chosen', '']) {
    stored['agentos.tenant'] = chosen;
    await requests.lift({ kind: 'tool', target: 'mail.send' }, 'Why');
    await requests.lift({ kind: 'tool', target: 'mail.send', tenant: 'tnt_other' }, 'Why');
    expect(sent.splice(0)).toEqual(['DELETE tool/mail.send none', 'DELETE tool/mail.send tnt_other']);
  }
});
