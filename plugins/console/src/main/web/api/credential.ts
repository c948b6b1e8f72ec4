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

/** The headers that say it. */
export function credentialHeaders(method: string): Record<string, string> {
  const headers: Record<string, string> = {};
  if (credential.key) headers['Authorization'] = `Bearer ${credential.key}`;
  else if (csrf && method !== 'GET' && method !== 'HEAD') headers['AgentOS-CSRF'] = csrf;
  if (credential.tenant) headers['AgentOS-Tenant'] = credential.tenant;
  return headers;
}
