// Measures the console in a real Chromium, as `agentos bench console` asks: prints one JSON object a line with the case,
// the median of the rounds, and the same for the least that could do it.
//   AGENTOS_URL, AGENTOS_KEY (an administrator's), CHROMIUM, ROUNDS
//   LONG, EVENTS, WIDE: an execution of many events, how many, and one of a large graph
//   FILTERS: a JSON object of what the list is asked for, by the name of the case
/* global cancelAnimationFrame, dispatchEvent, history, performance, PopStateEvent, requestAnimationFrame, sessionStorage */
import assert from 'node:assert/strict';
import process from 'node:process';
import { chromium } from 'playwright-core';
import { still } from './still.mjs';

const { AGENTOS_URL: url, AGENTOS_KEY: key, CHROMIUM: executablePath = '/usr/bin/chromium', LONG: long, WIDE: wide } = process.env;
const rounds = Number(process.env.ROUNDS ?? 5);
const mostEvents = Number(process.env.EVENTS ?? 5_000);
const filters = JSON.parse(process.env.FILTERS ?? '{}');
const VIEW = { width: 1440, height: 900 };
const PAN_MILLIS = 3_000;
const KIB = 1024;

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function say(name, values, limits, unit, note = '') {
  console.log(JSON.stringify({ case: name, value: median(values), limit: limits.length === 0 ? null : median(limits), unit, note }));
}

/** A browser that has never been here: nothing is in its cache, and perhaps a person has signed in. */
async function fresh(signedIn) {
  const context = await browser.newContext({ viewport: VIEW, colorScheme: 'light', reducedMotion: 'reduce' });
  if (signedIn) {
    await context.addInitScript((credential) => {
      try {
        sessionStorage.setItem('agentos.key', credential);
      } catch {
        // An empty page has no storage.
      }
    }, key);
  }
  return context;
}

/** The time since the page's navigation began, once a selector is there. */
function since(page, selector) {
  return page.waitForFunction((wanted) => document.querySelector(wanted) !== null && performance.now(), selector, { polling: 'raf', timeout: 60_000 })
    .then((handle) => handle.jsonValue());
}

const USABLE_DOOR = 'form input[type=email]:not(:disabled)';
const ROW = 'table tbody tr td a';

/** Every file that a page loads from the console, as it comes over the wire. */
async function loading(path, selector, signedIn) {
  const context = await fresh(signedIn);
  const page = await context.newPage();
  const files = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith('/console/')) files.push(pathname);
  });
  await page.goto(`${url}${path}`);
  await since(page, selector);
  await context.close();
  return [...new Set(files)];
}

async function coldly(address, selector, signedIn) {
  const context = await fresh(signedIn);
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'commit' });
  const millis = await since(page, selector);
  await context.close();
  return millis;
}

/** The same bytes, loaded in full. */
async function stillLoaded(address) {
  const context = await fresh(false);
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'load' });
  const millis = await page.evaluate(() => performance.getEntriesByType('navigation')[0].loadEventStart);
  await context.close();
  return millis;
}

async function firstLoad() {
  const door = await loading('/console/', USABLE_DOOR, false);
  const room = await loading('/console/executions', ROW, true);
  const bounds = await still(url, { '/door': door, '/room': room });
  const scripts = door.filter((name) => name.endsWith('.js'));
  assert.ok(scripts.length > 0, 'the console loads scripts');
  say('first-load', [scripts.reduce((sum, name) => sum + bounds.files.get(name).content.length, 0) / KIB], [], 'KiB', `${scripts.length} scripts, compressed`);
  for (const [name, path, selector, signedIn, bound] of [['sign-in', '/console/', USABLE_DOOR, false, '/door'], ['first-room', '/console/executions', ROW, true, '/room']]) {
    const values = [];
    const limits = [];
    for (let round = 0; round <= rounds; round++) {
      const millis = await coldly(`${url}${path}`, selector, signedIn);
      const least = await stillLoaded(`${bounds.address}${bound}`);
      if (round > 0) {
        values.push(millis);
        limits.push(least);
      }
    }
    say(name, values, limits, 'ms', 'nothing in the cache');
  }
  bounds.close();
}

/**
 * Goes to an address within the console, as a link does, and waits until all of what is wanted is seen: elements of a
 * selector, with a text, or with a number that is large enough.
 */
function go(page, path, wanted) {
  return page.evaluate(async ([to, all]) => {
    const holds = ({ selector, text, least }) => [...document.querySelectorAll(selector)].some(({ textContent }) =>
      (text === undefined || new RegExp(text).test(textContent)) && (least === undefined || Number(textContent.replace(/\D/g, '')) >= least));
    const began = performance.now();
    history.pushState(null, '', to);
    dispatchEvent(new PopStateEvent('popstate', { state: null }));
    while (!all.every(holds)) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - began;
  }, [path, wanted]);
}

/** The bare request and reading its answer, in the same page. */
function bare(page, path, accept) {
  return page.evaluate(async ([to, credential, kind]) => {
    const began = performance.now();
    const answer = await fetch(to, { headers: { Accept: kind, Authorization: `Bearer ${credential}`, 'AgentOS-Tenant': sessionStorage.getItem('agentos.tenant') } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    if (kind === 'application/json') JSON.parse(text);
    else text.split('\n').filter((line) => line.startsWith('data:')).map((line) => JSON.parse(line.slice(5)));
    return performance.now() - began;
  }, [path, key, accept]);
}

/** The scripts and styles of what is gone to, which the console loads beforehand. */
const beforehand = [];

async function learnWhatIsLoaded() {
  for (const [path, selector] of [['/console/executions', ROW], [`/console/executions/${long}`, '.react-flow__node']]) {
    beforehand.push(...(await loading(path, selector, true)).filter((name) => /\.(js|css)$/.test(name)));
  }
  assert.ok(beforehand.length > 0, 'the console is made of files');
}

async function elsewhere(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(`${url}/console/approvals`);
  await page.getByRole('heading', { name: 'Approvals', level: 1 }).waitFor();
  // A person has been here for a moment: what the console loads beforehand is there.
  await page.waitForFunction((all) => {
    const there = new Set(performance.getEntriesByType('resource').filter(({ responseEnd }) => responseEnd > 0).map(({ name }) => new URL(name).pathname));
    return all.every((path) => there.has(path));
  }, beforehand);
  return page;
}

const LISTED = [{ selector: `${ROW}, main h2`, text: '^exe_|No execution matches' }];

/** Of each filter the first page, from another room, with no answer in the cache. */
async function lists() {
  const context = await fresh(true);
  for (const [name, query] of Object.entries({ list: '', ...filters })) {
    const values = [];
    const limits = [];
    for (let round = 0; round <= rounds; round++) {
      const page = await elsewhere(context);
      const millis = await go(page, `/console/executions${query && `?${query}`}`, LISTED);
      const least = await bare(page, `/api/v1/executions?limit=25${query && `&${query}`}`, 'application/json');
      await page.close();
      if (round > 0) {
        values.push(millis);
        limits.push(least);
      }
    }
    say(name, values, limits, 'ms', query);
  }
  await context.close();
}

const OPEN = [
  { selector: '.react-flow__node' }, { selector: 'ol[aria-label=Timeline] li' }, { selector: '[role=status]', text: 'Complete' },
  { selector: '[role=tab]', text: '^Events', least: mostEvents },
];

/** An execution with all its events, from another room, and by its address with nothing in the cache. */
async function execution() {
  const context = await fresh(true);
  const values = [];
  const limits = [];
  const logs = [];
  for (let round = 0; round <= rounds; round++) {
    const page = await elsewhere(context);
    const millis = await go(page, `/console/executions/${long}`, OPEN);
    const log = await go(page, `/console/executions/${long}?tab=events`, [{ selector: 'ol[aria-label=Events] li' }]);
    const rows = await page.locator('ol[aria-label=Events] li').count();
    assert.ok(rows < 200, `only the rows in sight are in the page, and not ${rows}`);
    const least = await bare(page, `/api/v1/executions/${long}/events`, 'text/event-stream');
    await page.close();
    if (round > 0) {
      values.push(millis);
      limits.push(least);
      logs.push(log);
    }
  }
  say('execution', values, limits, 'ms', `${mostEvents} events`);
  say('execution-events', logs, [], 'ms', 'the log of it');
  await context.close();
  const anew = [];
  for (let round = 0; round < rounds; round++) {
    const cold = await fresh(true);
    const page = await cold.newPage();
    await page.goto(`${url}/console/executions/${long}`, { waitUntil: 'commit' });
    await page.waitForFunction((all) => {
      const holds = ({ selector, text, least }) => [...document.querySelectorAll(selector)].some(({ textContent }) =>
        (text === undefined || new RegExp(text).test(textContent)) && (least === undefined || Number(textContent.replace(/\D/g, '')) >= least));
      return all.every(holds) && performance.now();
    }, OPEN, { polling: 'raf', timeout: 60_000 }).then(async (handle) => anew.push(await handle.jsonValue()));
    await cold.close();
  }
  say('execution-anew', anew, [], 'ms', 'by its address, nothing in the cache');
}

/** Frames a second while the mouse drags, to and fro. */
async function frames(page, box) {
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(middle.x, middle.y);
  await page.mouse.down();
  await page.evaluate(() => {
    globalThis.frameTimes = [];
    const frame = (time) => {
      globalThis.frameTimes.push(time);
      globalThis.nextFrame = requestAnimationFrame(frame);
    };
    globalThis.nextFrame = requestAnimationFrame(frame);
  });
  const began = Date.now();
  for (let step = 0; Date.now() - began < PAN_MILLIS; step++) {
    const angle = step / 12;
    await page.mouse.move(middle.x + Math.sin(angle) * box.width * 0.4, middle.y + Math.cos(angle) * box.height * 0.3);
  }
  const times = await page.evaluate(() => {
    cancelAnimationFrame(globalThis.nextFrame);
    return globalThis.frameTimes;
  });
  await page.mouse.up();
  const gaps = times.slice(1).map((time, index) => time - times[index]).toSorted((one, other) => one - other);
  return { rate: (gaps.length * 1_000) / (times.at(-1) - times[0]), slow: gaps[Math.floor(gaps.length * 0.95)] };
}

/** Waits until something has moved from where it was and stands still for some frames. */
function atRest(page, selector, before) {
  return page.waitForFunction(([wanted, was]) => {
    const style = document.querySelector(wanted).getAttribute('style');
    const { seen, frames } = globalThis.rest ?? {};
    globalThis.rest = { seen: style, frames: style !== was && style === seen ? frames + 1 : 0 };
    return globalThis.rest.frames >= 10;
  }, [selector, before], { polling: 'raf' });
}

async function pan() {
  const context = await fresh(true);
  const seen = { 'graph-pan': [], 'graph-pan-whole': [], empty: [] };
  for (let round = 0; round < rounds; round++) {
    const page = await elsewhere(context);
    await go(page, `/console/executions/${wide}`, [{ selector: '.react-flow__node' }, { selector: '[role=status]', text: 'Complete' }]);
    const box = await page.locator('.react-flow').boundingBox();
    const before = await page.locator('.react-flow__viewport').getAttribute('style');
    seen['graph-pan'].push(await frames(page, box));
    assert.notEqual(await page.locator('.react-flow__viewport').getAttribute('style'), before, 'the graph has moved');
    const panned = await page.locator('.react-flow__viewport').getAttribute('style');
    await page.getByRole('button', { name: 'The whole graph' }).click();
    await atRest(page, '.react-flow__viewport', panned);
    seen['graph-pan-whole'].push(await frames(page, box));
    await page.goto('about:blank');
    seen.empty.push(await frames(page, box));
    await page.close();
  }
  await context.close();
  const limits = seen.empty.map(({ rate }) => rate);
  for (const name of ['graph-pan', 'graph-pan-whole']) {
    say(name, seen[name].map(({ rate }) => rate), limits, 'frames/s', `95 of 100 frames within ${median(seen[name].map(({ slow }) => slow)).toFixed(1)} ms`);
  }
}

try {
  await firstLoad();
  await learnWhatIsLoaded();
  await lists();
  await execution();
  await pan();
} finally {
  await browser.close();
}
