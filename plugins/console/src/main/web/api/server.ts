/**
 * Which server is asked: the one that this page came from, or another one that an administrator of this one has named.
 * At another one nobody is logged in by a cookie; a key is what counts there.
 */
const SERVER = 'agentos.server';

export const server = {
  get origin(): string {
    // An invitation is one of the server whose link it is.
    if (location.pathname.endsWith('/invitation')) return location.origin;
    return sessionStorage.getItem(SERVER) ?? location.origin;
  },
  get elsewhere(): boolean {
    return this.origin !== location.origin;
  },
  choose(origin: string) {
    if (origin === location.origin) sessionStorage.removeItem(SERVER);
    else sessionStorage.setItem(SERVER, origin);
  },
};

/** The whole address of a path of the server's. */
export function at(path: string): string {
  return new URL(path, server.origin).href;
}

/**
 * The other servers to which this page may connect. They stand in the page's own content security policy, which is what
 * the browser goes by: whatever is not in it cannot be reached.
 */
export async function otherServers(): Promise<string[]> {
  const page = await fetch(location.pathname, { method: 'HEAD', credentials: 'omit', headers: { Accept: 'text/html' } });
  return allowed(page.headers.get('Content-Security-Policy') ?? '');
}

export function allowed(policy: string): string[] {
  const connect = policy.split(';').map((part) => part.trim().split(/\s+/)).find(([name]) => name === 'connect-src');
  return (connect ?? []).filter((source) => /^https?:\/\/[^*]+$/.test(source));
}
