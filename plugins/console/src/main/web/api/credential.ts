/** How requests say who asks: by the login's cookie and its token, or by a key that lives as long as the tab. */
const KEY = 'agentos.key';
const TENANT = 'agentos.tenant';

let csrf = '';

export const credential = {
  get key(): string {
    return sessionStorage.getItem(KEY) ?? '';
  },
  set key(value: string) {
    if (value) sessionStorage.setItem(KEY, value);
    else sessionStorage.removeItem(KEY);
  },
  /** Which tenant an administrator of the platform acts for; empty for the credential's own, or the platform. */
  get tenant(): string {
    return sessionStorage.getItem(TENANT) ?? '';
  },
  set tenant(value: string) {
    if (value) sessionStorage.setItem(TENANT, value);
    else sessionStorage.removeItem(TENANT);
  },
  /** Whether a tenant was chosen in this tab, the platform itself included. */
  get chosen(): boolean {
    return sessionStorage.getItem(`${TENANT}.chosen`) === 'yes';
  },
  choose(tenant: string) {
    this.tenant = tenant;
    sessionStorage.setItem(`${TENANT}.chosen`, 'yes');
  },
  /** As if none had been chosen. */
  forgetTenant() {
    this.tenant = '';
    sessionStorage.removeItem(`${TENANT}.chosen`);
  },
  set csrf(value: string) {
    csrf = value;
  },
  forget() {
    this.key = '';
    this.forgetTenant();
    csrf = '';
  },
};

const TENANT_HEADER = 'AgentOS-Tenant';

/** The header of one request that is for this tenant, or with undefined for the platform, whatever is chosen. */
export function forTenant(tenant: string | undefined): Record<string, string> {
  return { [TENANT_HEADER]: tenant ?? '' };
}

/** The headers that say it. */
export function credentialHeaders(method: string): Record<string, string> {
  const headers: Record<string, string> = {};
  if (credential.key) headers['Authorization'] = `Bearer ${credential.key}`;
  else if (csrf && method !== 'GET' && method !== 'HEAD') headers['AgentOS-CSRF'] = csrf;
  if (credential.tenant) headers[TENANT_HEADER] = credential.tenant;
  return headers;
}

/** Says it in a request, whose own tenant stays, or its having none. */
export function sayWhoAsks({ headers, method }: Request) {
  const own = headers.get(TENANT_HEADER);
  for (const [name, value] of Object.entries(credentialHeaders(method))) headers.set(name, value);
  if (own) headers.set(TENANT_HEADER, own);
  else if (own !== null) headers.delete(TENANT_HEADER);
}
