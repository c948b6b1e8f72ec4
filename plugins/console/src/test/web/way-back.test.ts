import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const kept = new Map<string, string>();

/** As it is when the page is loaded at that address. */
async function at(address: string) {
  vi.stubGlobal('location', new URL(address, 'https://agents.example.org'));
  vi.resetModules();
  return import('@/app/way-back');
}

describe('the way back from the identity provider', () => {
  beforeAll(() => {
    vi.stubGlobal('sessionStorage', {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => kept.set(name, value),
      removeItem: (name: string) => kept.delete(name),
    });
  });

  beforeEach(() => kept.clear());

  it('leads to where somebody wanted to go', async () => {
    (await at('/console/executions/exe_1?tab=state#here')).wayBack.keep();
    const { wayBack } = await at('/console/');
    expect(wayBack.wanted).toBe('/executions/exe_1?tab=state#here');
    expect(kept.size).toBe(0);
    wayBack.gone();
    expect(wayBack.wanted).toBeUndefined();
  });

  it('is still known to who was refused and tries once more', async () => {
    (await at('/console/approvals')).wayBack.keep();
    (await at('/console/?refused=identity:LOGIN_FAILED')).wayBack.keep();
    expect((await at('/console/')).wayBack.wanted).toBe('/approvals');
  });

  it('is forgotten by who goes somewhere else', async () => {
    (await at('/console/approvals')).wayBack.keep();
    expect((await at('/console/health')).wayBack.wanted).toBeUndefined();
    expect((await at('/console/')).wayBack.wanted).toBeUndefined();
  });

  it('leads to the first room whoever began at the door', async () => {
    (await at('/console/')).wayBack.keep();
    expect((await at('/console/')).wayBack.wanted).toBeUndefined();
  });

  it('leads to no other place', async () => {
    const { pathOf } = await at('/console/');
    for (const address of ['https://evil.example/console/x', '//evil.example/console/x', '/console//evil.example', '/other', '/console', 'javascript:alert(1)', 'http://']) {
      expect(pathOf(address)).toBeUndefined();
    }
  });
});
