// The same acts by two hands: one points and clicks, the other has nothing but a keyboard.
import assert from 'node:assert/strict';
import { until, wrong } from './browser.mjs';

/** How long, in seconds, what was opened may take to be in its place on a busy machine. */
const MOMENT = 20;
const MOST_TABS = 120;

/** What a person does with a pointer. */
export function mouse(page) {
  return {
    page,
    press: (target) => target.click(),
    type: (target, text) => target.fill(text),
    async enter(target, text) {
      await target.fill(text);
      await target.press('Enter');
    },
    tick: (target) => target.check(),
    tab: (target) => target.click(),
    choose: (target, value) => target.selectOption(value),
    async room(name) {
      await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: new RegExp(`^${name}`) }).click();
      await page.getByRole('heading', { name, level: 1 }).waitFor();
    },
    leave: () => page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).click(),
  };
}

/**
 * What a person does without one: Tab goes forward until the target has the focus, which is seen at every stop. No event
 * of a pointer reaches the page, and no script of the test moves the focus.
 */
export async function keyboard(page) {
  await page.addInitScript(() => {
    for (const kind of ['pointerdown', 'mousedown', 'touchstart']) {
      globalThis.addEventListener(kind, () => (globalThis.pointed = true), true);
    }
  });
  const key = (name) => page.keyboard.press(name);

  async function seen() {
    let focus;
    // What was just opened may take a moment to be in its place.
    await until('the focus in its place', async () => {
      focus = await focused();
      return !focus || (focus.ring && focus.inside);
    }, MOMENT).catch(() => undefined);
    if (focus && !focus.ring) wrong(`the focus is not seen at ${focus.what}`);
    if (focus && !focus.inside) wrong(`the focus is outside of the screen at ${focus.what}`);
  }

  function focused() {
    return page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body || at.tagName === 'MAIN' || at.tagName === 'DIALOG') return undefined;
      const ring = (element) => {
        const style = globalThis.getComputedStyle(element);
        return style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0;
      };
      const { top, bottom, left, right } = at.getBoundingClientRect();
      return {
        what: at.outerHTML.slice(0, 160),
        // An entry of a menu shows it by its ground; the calendar's button inside of a field has a ring of the browser's.
        ring: ring(at) || at.type === 'datetime-local' || at.hasAttribute('data-highlighted') || (at.parentElement !== null && ring(at.parentElement)),
        inside: bottom > 0 && right > 0 && top < globalThis.innerHeight && left < globalThis.innerWidth,
      };
    });
  }

  const there = (target) => target.and(page.locator(':focus')).count();

  async function reach(target, step = 'Tab') {
    await target.first().waitFor();
    for (let tabs = 0; tabs < MOST_TABS; tabs++) {
      if (await there(target)) {
        await seen();
        return;
      }
      await key(step);
      await seen();
    }
    assert.fail(`${MOST_TABS} times ${step} did not lead to ${target}`);
  }

  async function press(target) {
    await reach(target);
    await key('Enter');
  }

  async function type(target, text) {
    await reach(target);
    await key('Control+A');
    await page.keyboard.insertText(text);
  }

  return {
    page,
    key,
    seen,
    reach,
    press,
    type,
    async enter(target, text) {
      await type(target, text);
      await key('Enter');
    },
    async tick(target) {
      await reach(target);
      if (!(await target.isChecked())) await key('Space');
    },
    /** Tabs are one stop, and arrows go between them. */
    async tab(target) {
      await reach(page.getByRole('tab'));
      for (let times = 0; !(await there(target)); times++) {
        assert.ok(times < 10, `no arrow leads to ${target}`);
        await key('ArrowRight');
        await seen();
      }
    },
    async choose(target, value) {
      await reach(target);
      // What can be chosen may be asked for yet.
      await target.locator(`option[value="${value}"]`).waitFor({ state: 'attached' });
      await key('Home');
      for (let times = 0; (await target.inputValue()) !== value; times++) {
        assert.ok(times < 50, `no arrow leads to ${value}`);
        await key('ArrowDown');
      }
    },
    /** By the command palette. */
    async room(name) {
      await key('Control+k');
      await page.getByRole('combobox', { name: 'Go to a room or do something' }).waitFor();
      await page.keyboard.type(name);
      await seen();
      await key('Enter');
      await page.getByRole('heading', { name, level: 1 }).waitFor();
    },
    leave: () => key('Escape'),
    /** Inside of a dialog the focus goes round and does not get out; with Escape it is back where it came from. */
    async trapped(opener) {
      const outside = () => page.evaluate(() => {
        const at = document.activeElement;
        return at !== document.body && at?.closest('dialog') === null ? at.outerHTML.slice(0, 160) : undefined;
      });
      for (const step of ['Tab', 'Shift+Tab']) {
        for (let tabs = 0; tabs < 14; tabs++) {
          await key(step);
          await seen();
          assert.equal(await outside(), undefined, `${step} left the dialog`);
        }
      }
      await key('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await until(`the focus back at ${opener}`, () => there(opener), MOMENT).catch(async (late) => {
        assert.fail(`${late.message}: it is at ${await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 160))}`);
      });
      await seen();
    },
    async noPointer() {
      assert.equal(await page.evaluate(() => globalThis.pointed), undefined, 'a pointer was used');
    },
  };
}
