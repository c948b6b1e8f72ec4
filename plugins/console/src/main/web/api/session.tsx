import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo, type ReactNode } from 'react';
import { api, body, done, whenUnknown, type Schemas } from './client';
import { credential } from './credential';
import { asProblem, notAllowed, notNamed, Problem, problemOf } from './problem';
import { otherServers, server } from './server';
import { keepFor } from './whose';

export type Scope = Schemas['Scope'];

/** Who uses the console, for which tenant, and what they may do. */
export interface Session {
  principal: Schemas['Root']['principal'];
  version: string;
  /** The tenant that everything is shown of; undefined for the platform. */
  tenant?: string;
  /** Of a login by a person; undefined for a key. */
  login?: Schemas['Login'];
  can: (scope: Scope) => boolean;
  actFor: (tenant: string) => Promise<void>;
  /** Rejects when the server has not confirmed it. */
  signOut: () => Promise<void>;
}

const Context = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error('There is no session above this component');
  return session;
}

/** Whether somebody uses what this stands in: it is none of the door. */
export function useInSession(): boolean {
  return useContext(Context) !== undefined;
}

/** Whether the person may do what that scope allows: without it the control is not shown. */
export function useCan(scope: Scope): boolean {
  return useSession().can(scope);
}

export interface Identity {
  root: Schemas['Root'];
  login?: Schemas['Login'];
}

async function identify(): Promise<Identity | null> {
  try {
    if (credential.key) return { root: await body(api.GET('/api/v1')) };
    const login = await body(api.GET('/api/v1/login'));
    credential.csrf = login.csrf ?? '';
    return { root: await body(api.GET('/api/v1')), login };
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.status === 401 || (problem.status === 403 && credential.key)) {
      credential.forget();
      return null;
    }
    if (problem.code === 'tenancy:UNKNOWN_TENANT' && credential.tenant) {
      // It was erased, or the person is another one than the one who chose it: everything would be refused for its sake.
      credential.forgetTenant();
      return identify();
    }
    throw problem.code === 'console:UNREACHABLE' && server.elsewhere ? await whyNotElsewhere() : problem;
  }
}

/** What stands between this page and the other server that it asked, as far as a browser lets it know. */
async function whyNotElsewhere(): Promise<Problem> {
  const { origin } = server;
  const named = await otherServers().catch(() => [origin]);
  return named.includes(origin) ? notAllowed(origin) : notNamed(origin);
}

/** Who signs in again acts for the tenant that they acted for before, as far as they still can. */
async function goneOn(identity: Identity, tenant: string): Promise<Identity | null> {
  const { root, login } = identity;
  if (root.principal.platform) credential.choose(tenant);
  else if ((root.tenant ?? '') === tenant || !login?.memberships.some((membership) => (membership.tenant?.id ?? '') === tenant)) return identity;
  else await done(api.PUT('/api/v1/login/tenant', { body: { tenant: tenant || null } }));
  return identify();
}

/**
 * An administrator of the platform begins with the first tenant, so that there is something to see.
 *
 * @param interrupted whose sign-in has ended
 */
async function identifyForTenant(interrupted: Identity | undefined): Promise<Identity | null> {
  const identity = await identify();
  const { principal, tenant } = identity?.root ?? {};
  if (identity && interrupted && principal?.id === interrupted.root.principal.id) return goneOn(identity, interrupted.root.tenant ?? '');
  if (!identity || !principal?.platform || tenant || credential.chosen) return identity;
  if (!principal.scopes.includes('tenants:read')) return identity;
  const first = (await tenantsOf('default')).find((found) => found.name === 'default') ?? (await tenantsOf(''))[0];
  if (!first) return identity;
  credential.choose(first.id);
  return identify();
}

async function tenantsOf(search: string): Promise<Schemas['Tenant'][]> {
  return (await body(api.GET('/api/v1/tenants', { params: { query: { query: search } } }))).items;
}

/** Signs in with a key; throws a Problem when the server does not know it. */
export async function signInWithKey(key: string): Promise<void> {
  credential.forget();
  credential.key = key.trim();
  try {
    await body(api.GET('/api/v1'));
  } catch (thrown) {
    credential.forget();
    throw thrown instanceof Problem ? thrown : asProblem(thrown);
  }
}

/** Signs in at another server with a key; nothing is changed when that one does not take it. */
export async function signInElsewhere(origin: string, key: string): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(new URL('/api/v1', origin), { headers: { Authorization: `Bearer ${key.trim()}` }, credentials: 'omit' });
  } catch {
    // It was among those that the policy names.
    throw notAllowed(origin);
  }
  if (!answer.ok) throw await problemOf(answer);
  credential.forget();
  server.choose(origin);
  credential.key = key.trim();
  // All that was asked so far was asked of another one. Until this page is gone nothing more is: it would ask the server
  // that it came from, with the key of the other one.
  location.assign('/console/');
  await new Promise(() => undefined);
}

/** Signs a person in; the cookie comes with the answer. */
export async function signInWithPassword(email: string, password: string): Promise<void> {
  credential.forget();
  await done(api.POST('/api/v1/login', { body: { email, password } }));
  tellOtherTabs();
}

/** Says whose the console is, in one word. */
export function whose(identity: Identity): string {
  const { principal, tenant } = identity.root;
  return `${principal.id} ${tenant ?? ''}`;
}

/** Whether who was signed in here is so no more, without having signed out in this tab: it is said at the door. */
let ended = false;
let leaving = false;

export function hasEnded(): boolean {
  return ended;
}

/** Who uses the console. */
export interface Present {
  /** Null when nobody is signed in. */
  identity: Identity | null;
  /** Whose sign-in has ended without their doing: what they see and have typed is kept for them. */
  interrupted?: Identity;
}

const IDENTITY = ['identity'];

/**
 * Who uses the console. What was asked for whoever it was before is forgotten, unless their sign-in has ended by itself.
 * A login is of all tabs, and another one may have changed it meanwhile.
 */
export function useIdentity() {
  return useQuery({
    queryKey: IDENTITY,
    queryFn: async ({ client }): Promise<Present> => {
      const before = client.getQueryData<Present>(IDENTITY);
      const identity = await identifyForTenant(before?.interrupted);
      const interrupted = identity === null && !leaving ? before?.identity ?? before?.interrupted : undefined;
      const used = interrupted !== undefined || keepFor(client, identity === null ? '' : whose(identity));
      ended = identity === null && (ended || (used && !leaving));
      if (identity !== null) leaving = false;
      return { identity, ...(interrupted === undefined ? {} : { interrupted }) };
    },
    retry: false,
    staleTime: Infinity,
    refetchOnWindowFocus: 'always',
  });
}

/** Forgets what was kept of whoever's sign-in has ended. */
export function forgetInterrupted(queries: QueryClient) {
  keepFor(queries, '');
  queries.setQueryData<Present>(IDENTITY, { identity: null });
}

/** By which the tabs of a browser tell each other that their login is another one. */
const tabs = new BroadcastChannel('agentos.login');

const OUT = 'out';

function tellOtherTabs(what = '') {
  tabs.postMessage(what);
}

/** Asks anew who it is when another tab has signed in or out, or acts for another tenant. */
export function useOtherTabs() {
  const queries = useQueryClient();
  useEffect(() => {
    tabs.onmessage = ({ data }) => {
      if (credential.key) return;
      // Whoever signs out leaves nothing behind. Otherwise what is shown stays until it is known to be another's.
      if (data === OUT) void queries.resetQueries({ queryKey: IDENTITY });
      else void queries.invalidateQueries({ queryKey: IDENTITY });
    };
    return () => {
      tabs.onmessage = null;
    };
  }, [queries]);
}

/**
 * Ends what this tab uses the console by. A login is one that the server has to end: when it did not, the person still
 * is signed in, and is told so.
 */
export async function endLogin(): Promise<void> {
  if (!credential.key) {
    try {
      leaving = true;
      await done(api.POST('/api/v1/logout'));
    } catch (thrown) {
      if (asProblem(thrown).status !== 401) {
        leaving = false;
        throw thrown;
      }
    }
    tellOtherTabs(OUT);
  }
  leaving = true;
  credential.forget();
}

export function SessionProvider({ identity, children }: { identity: Identity; children: ReactNode }) {
  const queries = useQueryClient();
  useEffect(
    () =>
      // All that is asked for says so at once, and so does this question itself.
      whenUnknown(() => void queries.invalidateQueries({ queryKey: IDENTITY }, { cancelRefetch: false })),
    [queries],
  );
  const session = useMemo<Session>(() => {
    const { root, login } = identity;
    const scopes = new Set(root.principal.scopes);
    const anew = () => queries.resetQueries({ queryKey: IDENTITY });
    return {
      principal: root.principal,
      version: root.version,
      ...(root.tenant ? { tenant: root.tenant } : {}),
      ...(login ? { login } : {}),
      can: (scope) => scopes.has(scope),
      actFor: async (tenant) => {
        if (root.principal.platform) credential.choose(tenant);
        else {
          await done(api.PUT('/api/v1/login/tenant', { body: { tenant: tenant || null } }));
          tellOtherTabs();
        }
        await anew();
      },
      signOut: async () => {
        await endLogin();
        if (server.elsewhere) {
          server.choose(location.origin);
          location.assign('/console/');
        } else await anew();
      },
    };
  }, [identity, queries]);
  return <Context value={session}>{children}</Context>;
}
