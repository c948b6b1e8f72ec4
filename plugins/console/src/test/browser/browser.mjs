// What the scripts of the browser share: a real Chromium, the API beside it, axe, and pictures of what it looked like.
//   AGENTOS_URL, AGENTOS_KEY (an administrator's), CHROMIUM, OUT (a folder for screenshots)
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { chromium } from 'playwright-core';

export const { AGENTOS_URL: url, AGENTOS_KEY: key, CHROMIUM: executablePath = '/usr/bin/chromium', OUT: out = 'target/browser' } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const problems = [];
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
/** So long is waited for what has to come, in seconds: a machine that is busy takes its time. */
const PATIENCE = 90;
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

/** Notes what is wrong; the script goes on, and fails at its end. */
export function wrong(what) {
  problems.push(what);
}

/** Somebody with a browser of their own: no cookie and nothing stored is shared with others. */
export async function person() {
  const context = await browser.newContext({ viewport: WIDE, permissions: ['clipboard-read', 'clipboard-write'] });
  context.setDefaultTimeout(PATIENCE * 1_000);
  return { context, open: () => open(context), close: () => context.close() };
}

/** What each tab has asked for and not got yet. */
const asking = new WeakMap();

/** Waits until a page has what it asked for and shows it: a room with a heading, and nothing in the shape of what is to come. */
export async function settled(page) {
  const shown = () => page.evaluate(() => new Promise((resolve) => {
    const look = () => resolve(document.querySelector('h1') !== null && document.querySelector('main .animate-pulse.bg-sunken') === null);
    globalThis.requestAnimationFrame(() => globalThis.requestAnimationFrame(look));
  }));
  const idle = () => asking.get(page).size === 0;
  await until(`all of ${page.url()}`, async () => idle() && (await shown()) && idle());
}

/** A tab whose script errors, refused contents, dialogs of scripts and requests to other places end the test. */
export async function open(context) {
  const page = await context.newPage();
  page.on('pageerror', (error) => wrong(`script error: ${error.message}`));
  page.on('console', (message) => {
    const said = message.text();
    if (/Content Security Policy/i.test(said)) wrong(`refused by the content security policy: ${said}`);
  });
  page.on('dialog', (dialog) => {
    wrong(`a script opened a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const underWay = new Set();
  asking.set(page, underWay);
  page.on('request', (request) => {
    // Another page: whatever the one before was waiting for is over.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) underWay.clear();
    underWay.add(request);
  });
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => underWay.delete(request));
  page.on('response', (response) => {
    // A stream goes on as long as the page does, and what is outside of the API may be asked for its status alone.
    const stream = response.headers()['content-type']?.startsWith('text/event-stream');
    if (stream || !new URL(response.url()).pathname.startsWith('/api/')) underWay.delete(response.request());
  });
  page.on('request', (request) => {
    const asked = new URL(request.url());
    const allowed = new URL(url).origin === asked.origin || ['data:', 'blob:', 'about:'].includes(asked.protocol) || elsewhere.has(asked.origin);
    if (!allowed) wrong(`the page asked another place: ${request.url()}`);
  });
  return page;
}

/** Other origins that a page may ask. */
export const elsewhere = new Set();

/** Asks the API beside the browser; what is no success ends the test. */
export async function api(path, method = 'GET', body, { tenant = 'default', bearer = key, at = url } = {}) {
  const response = await fetch(`${at}/api/v1${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${bearer}`,
      ...(tenant ? { 'AgentOS-Tenant': tenant } : {}),
      ...(body ? { 'Content-Type': 'application/json' } : {}),
      ...(method === 'PUT' || method === 'DELETE' ? { 'If-Match': '*' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** Waits until what is asked again and again is so, and returns it. */
export async function until(what, ask, seconds = PATIENCE) {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await ask();
    if (found) return found;
    assert.ok(Date.now() < end, `${what} did not come true in ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits for the end of an operation, which must succeed. */
export async function succeeded(operation) {
  const ended = await until(`the end of ${operation.kind}`, async () => {
    const now = await api(`/operations/${operation.id}`, 'GET', undefined, { tenant: '' });
    return now.state === 'RUNNING' ? undefined : now;
  }, 180);
  assert.equal(ended.state, 'SUCCEEDED', JSON.stringify(ended));
  return ended;
}

/** Installs a listing of the marketplace with all that it asks for. */
export async function install(listing) {
  await succeeded(await api('/plugins', 'POST', { listing, acceptAll: true, acceptCritical: true }, { tenant: '' }));
}

export const PASSWORD = 'an analytical engine';

/** A person who has accepted an invitation; with no tenant, of the platform. */
export async function member(name, roles, tenant = 'default') {
  const email = `${name.toLowerCase()}-${Date.now()}@example.org`;
  const invited = await api('/users', 'POST', { name, email, kind: 'PERSON', roles }, { tenant });
  const accepted = await fetch(`${url}/api/v1/login/invitation`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token: invited.invitation, password: PASSWORD }),
  });
  assert.ok(accepted.ok, await accepted.text());
  return { email, id: invited.id };
}

/**
 * A key that another owner of the tenant has made: what it begins, the others may decide. Keys of one maker count as the
 * same pair of eyes.
 */
export async function keyOfAnother(name, scopes) {
  const { email } = await member('Otto', ['owner']);
  const headers = { 'Content-Type': 'application/json' };
  const login = await fetch(`${url}/api/v1/login`, { method: 'POST', headers, body: JSON.stringify({ email, password: PASSWORD }) });
  assert.ok(login.ok, await login.clone().text());
  const Cookie = login.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
  const { csrf } = await (await fetch(`${url}/api/v1/login`, { headers: { Cookie } })).json();
  const made = await fetch(`${url}/api/v1/api-keys`, {
    method: 'POST', headers: { ...headers, Cookie, 'AgentOS-CSRF': csrf }, body: JSON.stringify({ name, scopes }),
  });
  assert.ok(made.ok, await made.clone().text());
  return made.json();
}

export async function signIn(page, credential) {
  await page.goto(`${url}/`);
  await page.getByRole('tab', { name: 'API key' }).click();
  await page.getByRole('textbox', { name: 'API key' }).fill(credential);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function signInAs(page, email, path = '/') {
  await page.goto(`${url}/console${path}`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Your account' }).waitFor();
}

/**
 * Brings axe into what a page shows, in a world of its own, which the page's content security policy does not bind; it
 * can be asked there until another page is loaded.
 */
async function withAxe(page, work) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
    assert.ok(!exceptionDetails, exceptionDetails?.exception?.description ?? exceptionDetails?.text);
    return result.value;
  };
  await run(`${axe};undefined`);
  await work(async (name) => {
    const found = await run(
      `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r => r.violations.map(v => v.id + ' (' + v.impact + '): ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? '')).join(' | ')))`,
    );
    found.forEach((violation) => wrong(`${name}: ${violation}`));
  });
  await session.detach();
}

/** Waits until what was asked of the page's appearance is painted, and nothing moves any more but what always does. */
async function still(page) {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => globalThis.requestAnimationFrame(resolve));
    await document.fonts.ready;
    await frame();
    const passing = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(passing.map((one) => one.finished));
    await frame();
  });
}

/**
 * Looks at what is shown in both appearances: keeps a picture, asks axe, and sees that nothing is wider than the screen.
 * With `narrow` on a small screen too; `brief` leaves it at a large light one and a small dark one.
 */
export async function look(page, name, { narrow = false, brief = false } = {}) {
  const sizes = narrow || brief ? [[WIDE, ''], [NARROW, '-narrow']] : [[undefined, '']];
  // Until a room's script has come, something without a heading stands in its place.
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await withAxe(page, async (accessible) => {
    for (const [size, suffix] of sizes) {
      if (size) await page.setViewportSize(size);
      for (const theme of brief ? [size === WIDE ? 'light' : 'dark'] : ['light', 'dark']) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await still(page);
        await page.screenshot({ path: join(out, `${name}${suffix}-${theme}.png`) });
        await accessible(`${name}${suffix} ${theme}`);
      }
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wider > 0) wrong(`${name}${suffix} is ${wider} pixels wider than the screen`);
      const beyond = await page.evaluate(() => [...document.querySelectorAll('main table[role=table] td')].filter((cell) => cell.getBoundingClientRect().right > globalThis.innerWidth).length);
      if (size === NARROW && beyond > 0) wrong(`${name}${suffix} has ${beyond} cells beyond the edge of the screen`);
    }
  });
  if (narrow || brief) await page.setViewportSize(WIDE);
}

/** Runs the steps in their order, each of which gets what `prepare` made; the first that fails ends the script. */
export async function run(steps, prepare = async () => undefined) {
  try {
    const given = await prepare();
    for (const [name, step] of Object.entries(steps)) {
      const begun = Date.now();
      await step(given);
      console.log(`${name} (${((Date.now() - begun) / 1_000).toFixed(1)} s)`);
    }
  } catch (error) {
    wrong(error.stack);
    let at = 0;
    for (const context of browser.contexts()) {
      for (const page of context.pages()) await page.screenshot({ path: join(out, `failed-${at++}.png`) }).catch(() => undefined);
    }
  } finally {
    await browser.close();
  }
  if (problems.length > 0) {
    console.error([...new Set(problems)].join('\n\n'));
    process.exit(1);
  }
  console.log('All was as it should be.');
}
