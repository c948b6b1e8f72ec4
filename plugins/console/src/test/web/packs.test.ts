import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { MemoryRouter } from 'react-router';
import { describe, expect, it, vi } from 'vitest';

vi.hoisted(() => {
  vi.stubGlobal('location', { pathname: '/console/', origin: 'http://127.0.0.1' });
  vi.stubGlobal('sessionStorage', { getItem: () => null });
  vi.stubGlobal('localStorage', { getItem: () => null });
});

const { SessionProvider } = await import('../../main/web/api/session');
const { Matrix } = await import('../../main/web/rooms/packs/matrix');

const identity = { root: { version: '1', tenant: 'acme', principal: { id: 'usr_1', platform: false, scopes: ['packs:read'] } } } as never;
const pack = (id: string, title: string, description: string) => ({ id, title, description, enabled: true, agents: [], configuration: {}, configurationSchema: {} });
const plugin = (id: string) => ({ id, version: '1.0.0', enabled: true, secrets: [{ name: 'KEY', set: true }], configurationSchema: {} });

function shown(search: string): string {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  client.setQueryData(['packs-tenants', false, 'acme', { cursor: undefined }], { items: [{ id: 'acme', name: 'Acme' }], next: null });
  client.setQueryData(['packs', 'acme'], { items: [pack('pack-research', 'Research', 'Quotes documents.'), pack('pack-desk', 'Help desk', 'Answers customers.')], next: null });
  client.setQueryData(['tenant-plugins', 'acme'], { items: [plugin('provider-openai'), plugin('pack-desk')], next: null });
  const room = createElement(SessionProvider, { identity, children: createElement(Matrix) });
  return renderToStaticMarkup(createElement(MemoryRouter, { initialEntries: [`/packs${search}`] }, createElement(QueryClientProvider, { client }, room)));
}

describe('packs and what is set for plugins', () => {
  it('are all there when nothing is looked for', () => {
    for (const part of ['Research', 'Help desk', 'provider-openai', 'Find a pack or a plugin']) expect(shown('')).toContain(part);
  });

  it('are those that have each word of what is looked for, in whatever case', () => {
    for (const search of ['?q=DESK', '?q=customers+help']) expect(shown(search)).toContain('Help desk of Acme');
    for (const search of ['?q=DESK', '?q=customers+help']) expect(shown(search)).not.toContain('Research of Acme');
    expect(shown('?q=DESK')).toContain('href="/packs/acme/settings/pack-desk"');
    expect(shown('?q=DESK')).not.toContain('provider-openai');
  });

  it('are none when there is none like that, which is not that there are none', () => {
    const none = shown('?q=nothing');
    expect(none).toContain('No pack has that');
    expect(none).toContain('value="nothing"');
    expect(none).not.toContain('No packs are installed');
    expect(shown('?q=openai')).toContain('provider-openai');
  });
});
