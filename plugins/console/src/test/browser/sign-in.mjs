// People who come from the identity provider of their organisation: the browser goes there and comes back.
import assert from 'node:assert/strict';
import process from 'node:process';
import { api, elsewhere, look, person, run, url } from './browser.mjs';

const { LEVERS: levers, PROVIDER: provider } = process.env;
elsewhere.add(new URL(provider).origin);

/** Whom the provider knows from now on. */
async function who(email, verified = true) {
  assert.ok((await fetch(`${levers}/who?${email},${verified}`)).ok);
}

const door = (page) => page.getByRole('link', { name: 'Sign in with your organisation' });

const steps = {
  async 'who was invited comes in, with the rights of the role'() {
    await api('/users', 'POST', { name: 'Ada', email: 'ada@example.org', kind: 'PERSON', roles: ['operator'] });
    await who('ada@example.org');
    const ada = await person();
    const page = await ada.open();
    const visited = [];
    page.on('request', (request) => request.isNavigationRequest() && visited.push(new URL(request.url()).origin));
    await page.goto(`${url}/console/`);
    await door(page).waitFor();
    await look(page, 'sign-in-provider', { narrow: true });
    await door(page).click();
    await page.getByRole('button', { name: 'Your account' }).waitFor();
    assert.ok(visited.includes(new URL(provider).origin), 'the browser was at the provider');
    assert.equal(new URL(page.url()).pathname.startsWith('/console/'), true);
    assert.ok(!page.url().includes('code='), 'the code is not left in the address');
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByText('ada@example.org').waitFor();
    await page.getByText(/operator/).waitFor();
    const session = (await ada.context.cookies()).find((cookie) => cookie.httpOnly);
    assert.ok(session, 'the session is a cookie that no script reads');
    assert.equal(await page.evaluate(() => JSON.stringify([Object.keys(globalThis.sessionStorage), document.cookie])), '[[],""]');
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await door(page).waitFor();
    assert.equal((await page.evaluate(async () => (await fetch('/api/v1')).status)), 401);
    await ada.close();
  },

  async 'who followed a link is there afterwards, also when the first try was in vain'() {
    const ada = await person();
    const page = await ada.open();
    await who('ada@example.org', false);
    await page.goto(`${url}/console/executions?state=FAILED`);
    await door(page).click();
    await page.getByText(/identity:[A-Z_]+/).first().waitFor();
    await who('ada@example.org');
    await door(page).click();
    await page.waitForURL(`${url}/console/executions?state=FAILED`);
    await page.getByRole('button', { name: 'Your account' }).waitFor();
    assert.equal(await page.evaluate(() => Object.keys(globalThis.sessionStorage).join()), '', 'it is not kept any longer');
    await ada.close();
  },

  async 'who has no invitation is told so, and can try again'() {
    await who('eve@example.org');
    const eve = await person();
    const page = await eve.open();
    await page.goto(`${url}/console/`);
    await door(page).click();
    await page.getByText(/identity:[A-Z_]+/).first().waitFor();
    await look(page, 'sign-in-refused', { narrow: true });
    await who('ada@example.org', false);
    await page.goto(`${url}/console/`);
    await door(page).click();
    await page.getByText(/identity:[A-Z_]+/).first().waitFor();
    await page.goto(`${url}/console/`);
    await door(page).waitFor();
    await eve.close();
  },
};

await run(steps);
