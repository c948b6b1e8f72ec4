// Builds the console from Maven: checks Node, installs exactly what the lock file says, and builds when something changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `The web console is built with Node 20.19 or newer, and this is ${process.versions.node}.\n` +
      'Install a newer one, or build the server without its console: -Dconsole.skip',
  );
  process.exit(1);
}

const FIRST_LOAD_BYTES = 250 * 1024;
const stamps = 'target/build';
mkdirSync(stamps, { recursive: true });

function files(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function digest(paths) {
  const hash = createHash('sha256').update(process.versions.node);
  for (const path of paths) hash.update(path).update(readFileSync(path));
  return hash.digest('hex');
}

function done(step, inputs) {
  const stamp = join(stamps, step);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs;
}

function npm(...words) {
  const result = spawnSync('npm', words, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function step(name, paths, output, run) {
  const inputs = digest(paths);
  if (done(name, inputs) && existsSync(output)) return;
  run();
  writeFileSync(join(stamps, name), inputs);
}

const projects = ['package.json', 'package-lock.json', '.npmrc'];
step('install', projects, 'node_modules/.package-lock.json', () => npm('ci', '--ignore-scripts', '--loglevel=error'));
writeParts();
const sources = [...projects, 'openapi.json', 'tsconfig.json', 'vite.config.ts', 'eslint.config.js', ...files('src')];
step('bundle', sources, 'target/classes/site/index.html', () => {
  npm('run', '--silent', 'types');
  npm('run', '--silent', 'check');
  npm('run', '--silent', 'lint');
  npm('run', '--silent', 'test', '--', '--reporter=dot');
  npm('run', '--silent', 'bundle', '--', '--logLevel', 'warn');
  checkFirstLoad('target/classes/site');
});

/** What npm brings into the site, for the JAR's bill of materials: bnd.bnd includes it. */
function writeParts() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const parts = Object.entries(packages)
    .filter(([place, { dev, devOptional, optional }]) => place !== '' && !dev && !devOptional && !optional)
    .map(([place, { version }]) => `pkg:npm/${place.split('node_modules/').pop().replace('@', '%40')}@${version}`);
  const text = `plugin.parts: ${[...new Set(parts)].sort().join(',\\\n ')}\n`;
  const file = 'target/parts.bnd';
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}

/** What the page itself names is loaded before anything is shown. */
function checkFirstLoad(site) {
  const page = readFileSync(join(site, 'index.html'), 'utf8');
  const scripts = [...page.matchAll(/(?:src|href)="\/console\/([^"]+\.js)"/g)].map((match) => match[1]);
  const bytes = scripts.reduce((sum, script) => sum + gzipSync(readFileSync(join(site, script))).length, 0);
  if (scripts.length === 0 || bytes > FIRST_LOAD_BYTES) {
    console.error(`The console's first load is ${bytes} bytes of compressed script, and ${FIRST_LOAD_BYTES} at most is allowed.`);
    process.exit(1);
  }
}
