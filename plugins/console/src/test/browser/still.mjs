// Pages that weigh as much as the console's: what they take to load is the least that a browser can do with these bytes.
/* global Buffer */
import { createServer, get } from 'node:http';

function raw(url, path) {
  return new Promise((resolve, reject) => {
    get(`${url}${path}`, { headers: { 'Accept-Encoding': 'gzip' } }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ headers: response.headers, content: Buffer.concat(parts) }));
    }).on('error', reject);
  });
}

/**
 * A server of pages that load the same bytes as the console's and do nothing with them.
 *
 * @param url of the console's server
 * @param pages by their path, the files of each
 */
export async function still(url, pages) {
  const files = new Map();
  for (const path of new Set(Object.values(pages).flat())) files.set(path, await raw(url, path));
  const server = createServer((request, response) => {
    const found = files.get(request.url);
    const names = pages[request.url];
    if (names) {
      const links = names.filter((name) => /\.(js|css)$/.test(name)).map((name) => `<link rel="${name.endsWith('.css') ? 'stylesheet' : 'preload'}" as="script" href="${name}">`);
      response.setHeader('Content-Type', 'text/html');
      response.end(`<!doctype html><meta charset="utf-8">${links.join('')}<form><input type="email"></form>`);
    } else if (found) {
      for (const name of ['content-type', 'content-encoding']) if (found.headers[name]) response.setHeader(name, found.headers[name]);
      response.end(found.content);
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close(), files };
}
