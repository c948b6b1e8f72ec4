/**
 * Where somebody wanted to go who is sent to the identity provider: whoever comes back from there comes to the door. It is
 * a path of this console and never an address, so that nobody can be led to another place by it.
 */
const NAME = 'agentos.way-back';
const ROOT = '/console';

let wanted = taken();

function taken(): string | undefined {
  const kept = sessionStorage.getItem(NAME);
  sessionStorage.removeItem(NAME);
  return kept === null || location.pathname !== `${ROOT}/` ? undefined : pathOf(kept);
}

/** The path inside of the console that an address of this server leads to, if it does; its door is none. */
export function pathOf(address: string): string | undefined {
  if (!URL.canParse(address, location.origin)) return undefined;
  const { origin, pathname, search, hash } = new URL(address, location.origin);
  if (origin !== location.origin || !pathname.startsWith(`${ROOT}/`)) return undefined;
  const path = pathname.slice(ROOT.length);
  // Two slashes would be taken for another host.
  return path === '/' || path.startsWith('//') ? undefined : path + search + hash;
}

export const wayBack = {
  /** Keeps it while the browser is at the provider; who tries once more still wants to go there. */
  keep() {
    sessionStorage.setItem(NAME, wanted === undefined ? location.pathname + location.search + location.hash : ROOT + wanted);
  },
  /** Where to go instead of the first room. */
  get wanted(): string | undefined {
    return wanted;
  },
  gone() {
    wanted = undefined;
  },
};
