// Evaluated once, before any script: makes the world that a script sees. What must hold for safety is checked again
// in Java, since a script can change every object of this world but none outside it.
(() => {
  'use strict';
  const invoke = globalThis.java_invoke;
  const { parse, stringify } = JSON;
  const { create, defineProperty, freeze, getPrototypeOf, keys, prototype: plainPrototype, setPrototypeOf } = Object;
  const { isArray, prototype: { includes, join, map, pop, push } } = Array;
  const { isFinite } = Number;
  const apply = Reflect.apply;
  const textOf = Function.prototype.toString;
  const { isWellFormed, toWellFormed, slice, indexOf, replaceAll, split } = String.prototype;
  const exec = RegExp.prototype.exec;
  const then = Promise.prototype.then;
  const AsyncFunction = (async () => {}).constructor;

  // Answers are JSON; a request that ends the script has no answer.
  const ask = (what, text) => parse(invoke('', what, text));

  // ---- What may leave: what JSON.stringify makes, unless something would be lost in it without a word. QuickJS does
  // it natively, and far faster than any script could look at each value.

  class Unfit extends Error {}

  let most = 0;

  const found = (text, part) => apply(indexOf, text, [part]) >= 0;

  const strange = text => !apply(isWellFormed, text, []) || found(text, '\0');

  const lossy = (holder, value) => {
    switch (typeof value) {
      case 'boolean':
      case 'string':
        return false;
      case 'number':
        return !isFinite(value);
      case 'object':
        return value !== null && !isArray(value) && getPrototypeOf(value) !== plainPrototype
          && getPrototypeOf(value) !== null && keys(value).length === 0;
      default:
        return isArray(holder) || typeof value === 'bigint';
    }
  };

  // Slow, and asked only when something is known to be wrong.
  const explain = (root, name) => {
    const path = [name];
    const open = [];
    const unfit = fault => new Unfit(apply(join, path, ['']) + ' ' + fault);
    const look = (holder, value) => {
      if (typeof value === 'string' && strange(value)) {
        throw unfit('holds U+0000 or half of a surrogate pair, which cannot be stored.');
      }
      if (lossy(holder, value)) {
        throw unfit(
          typeof value === 'object'
            ? 'is not a plain object, and nothing of it would be left in JSON.'
            : 'is ' + (typeof value === 'number' || value === undefined ? value : 'a ' + typeof value)
              + ', which JSON does not have.',
        );
      }
      if (typeof value !== 'object' || value === null || typeof value.toJSON === 'function') {
        return;
      }
      if (open.length > 95 || apply(includes, open, [value])) {
        throw unfit(apply(includes, open, [value]) ? 'contains itself.' : 'is nested too deeply.');
      }
      apply(push, open, [value]);
      const names = keys(value);
      for (let i = 0; i < (isArray(value) ? value.length : names.length); i++) {
        const key = isArray(value) ? i : names[i];
        apply(push, path, [isArray(value) ? '[' + i + ']' : '.' + key]);
        look(value, value[key]);
        if (!isArray(value) && strange(key)) {
          throw unfit('has a name that cannot be stored.');
        }
        apply(pop, path, []);
      }
      apply(pop, open, []);
    };
    look([], root);
  };

  const LOSS = {};

  // Called for each value, and so as short as can be.
  const values = function (key, value) {
    const type = typeof value;
    if (type === 'number' ? value - value !== 0 : type !== 'string' && type !== 'boolean' && lossy(this, value)) {
      throw LOSS;
    }
    return value;
  };

  const texts = (key, value) => {
    if ((typeof value === 'string' && strange(value)) || strange(key)) {
      throw LOSS;
    }
    return value;
  };

  const encode = (value, name) => {
    let text;
    try {
      text = stringify(value);
      // Whatever JSON has no word for becomes one of these, or nothing.
      if (text !== undefined && (found(text, 'null') || found(text, '{}'))) {
        text = stringify(value, values);
      }
      if (text !== undefined && (found(text, '\\u0000') || found(text, '\\ud'))) {
        text = stringify(value, texts);
      }
    } catch (error) {
      if (error === LOSS || error instanceof TypeError) {
        explain(value, name);
      }
      throw error === LOSS ? new Unfit(name + ' is not JSON that can be stored.') : error;
    }
    if (text === undefined) {
      throw new Unfit(name + ' is ' + (value === undefined ? value : 'a ' + typeof value) + ', which JSON does not have.');
    }
    if (text.length > most) {
      ask('large', '');
    }
    return text;
  };

  // ---- What scripts may use.

  class ToolError extends Error {
    #call;
    constructor(call, message, code, output) {
      super(message);
      this.#call = call;
      this.name = 'ToolError';
      this.code = code;
      this.output = output;
    }
    static callOf(error) {
      return typeof error === 'object' && error !== null && #call in error ? error.#call : 0;
    }
  }

  const call = (tool, args) => {
    if (typeof tool !== 'string') {
      throw new TypeError('call(tool, arguments): the tool is named by a string');
    }
    const sent = encode(args === undefined ? {} : args, 'arguments');
    const answer = ask('call', '[' + stringify(tool) + ',' + sent + ']');
    if (answer.failed) {
      throw new ToolError(answer.call, answer.message, answer.code, answer.output);
    }
    return answer.output;
  };

  const toolbox = names => {
    const made = create(null);
    for (const name of names) {
      made[name] = args => call(name, args);
    }
    // A tool that was not granted is refused by the host, so that it is known there.
    return new Proxy(freeze(made), {
      get: (target, name) =>
        typeof name !== 'string' || name === 'then' || name in target ? target[name] : args => call(name, args),
    });
  };

  const shown = item => {
    if (typeof item === 'string') {
      return item;
    }
    try {
      return (item instanceof Error ? undefined : stringify(item)) ?? String(item);
    } catch {
      return '[not shown]';
    }
  };

  const clean = (text, length) =>
    apply(replaceAll, apply(toWellFormed, apply(slice, text, [0, length]), []), ['\0', '\uFFFD']);

  let lines = 0;

  const log = (...items) => {
    if (++lines > 100) {
      return;
    }
    ask('log', stringify(clean(apply(join, apply(map, items, [shown]), [' ']), 1000)));
  };
  globalThis.console = freeze({ debug: log, log, info: log, warn: log, error: log });
  globalThis.call = call;

  // The generator sfc32, seeded by the host with four words when it is first asked.
  const seed = words => {
    let state;
    const next = () => {
      const t = (state[0] + state[1] + state[3]) | 0;
      state[3] = (state[3] + 1) | 0;
      state[0] = state[1] ^ (state[1] >>> 9);
      state[1] = (state[2] + (state[2] << 3)) | 0;
      state[2] = ((state[2] << 21) | (state[2] >>> 11)) + t | 0;
      return t >>> 0;
    };
    Math.random = () => {
      if (state === undefined) {
        state = words;
        for (let i = 0; i < 12; i++) {
          next();
        }
      }
      return ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
    };
  };

  // ---- What scripts may not use: asking for it ends them.

  const refuse = name => ({
    get() {
      return ask('refuse', stringify(name));
    },
    configurable: false,
    enumerable: false,
  });
  delete globalThis.java_invoke;
  // It would show scripts the functions of this file.
  defineProperty(Error, 'prepareStackTrace', { value: undefined, writable: false, configurable: false });
  delete globalThis.plugin;
  for (const name of ['Atomics', 'Buffer', 'Bun', 'Deno', 'EventSource', 'Function', 'Java', 'JavaImporter', 'Javy',
    'Packages', 'Polyglot', 'SharedArrayBuffer', 'WebAssembly', 'WebSocket', 'Worker', 'XMLHttpRequest', 'bjson',
    'eval', 'fetch', 'importScripts', 'java', 'javax', 'load', 'loadScript', 'loadWithNewGlobal', 'os', 'process',
    'readFile', 'readFileSync', 'require', 'scriptArgs', 'std', 'urlGet']) {
    defineProperty(globalThis, name, refuse(name));
  }
  for (const made of [function () {}, async () => {}, function* () {}, async function* () {}]) {
    defineProperty(getPrototypeOf(made), 'constructor', refuse('Function'));
  }

  // ---- One script.

  const PROLOGUE = '"use strict";\n';
  const make = source => AsyncFunction('state', PROLOGUE + source);
  const [HEAD] = apply(split, apply(textOf, make(''), []), [PROLOGUE]);

  const compile = source => {
    // Text that closes the function around it makes another one, or none, or a fault before its first line.
    const escaping = { message: 'it closes a bracket that it did not open', line: 1 };
    let made;
    try {
      made = make(source);
    } catch (error) {
      const line = apply(exec, /<input>:(\d+)/, [error.stack]);
      return line === null || line[1] < 4 ? escaping : { message: error.message, line: line[1] - 3 };
    }
    return typeof made === 'function' && apply(textOf, made, []) === HEAD + PROLOGUE + source + '\n}'
      ? { made }
      : escaping;
  };

  // QuickJS knows the line of a syntax error only. The column is where the shortest beginning of that line ends which
  // has the same fault.
  const place = (source, fault) => {
    const lines = apply(split, source, ['\n']);
    if (fault.line > lines.length) {
      return { message: 'the script ends before it is complete', line: lines.length, column: lines.at(-1).length + 1 };
    }
    const before = lines.slice(0, fault.line - 1).join('\n') + (fault.line > 1 ? '\n' : '');
    const line = lines[fault.line - 1];
    const token = /'([^']+)'$/.exec(fault.message);
    for (let end = 1; end <= line.length && end <= 500; end++) {
      const found = compile(before + line.slice(0, end));
      if (found.message === fault.message && found.line === fault.line) {
        const length = token !== null && line.slice(0, end).endsWith(token[1]) ? token[1].length : 1;
        return { ...fault, column: end - length + 1 };
      }
    }
    return { ...fault, column: 1 };
  };

  const textIn = (error, name) => {
    try {
      const value = error[name];
      return typeof value === 'string' ? value : '';
    } catch {
      return '';
    }
  };

  const failed = error => {
    const report = setPrototypeOf({ call: ToolError.callOf(error) }, null);
    if (typeof error === 'object' && error !== null) {
      report.name = clean(textIn(error, 'name'), 100);
      report.message = clean(textIn(error, 'message'), 2000);
      report.stack = clean(textIn(error, 'stack'), 2000);
    } else {
      report.message = clean(shown(error), 2000);
    }
    ask('failed', stringify(report));
  };

  const finished = value => {
    let text;
    try {
      text = value === undefined ? 'null' : encode(value, 'The result');
    } catch (error) {
      if (error instanceof Unfit) {
        ask('unfit', stringify(clean(error.message, 2000)));
      }
      failed(error);
    }
    ask('finished', text);
  };

  globalThis.__begin = () => {
    delete globalThis.__begin;
    const opening = ask('begin', '');
    const compiled = compile(opening.source);
    if (compiled.made === undefined) {
      ask('fault', stringify(place(opening.source, compiled)));
    }
    if (opening.check) {
      ask('sound', '');
    }
    most = opening.most;
    globalThis.tools = toolbox(opening.tools);
    seed(opening.seed);
    apply(then, apply(compiled.made, undefined, [opening.state]), [finished, failed]);
  };
})();
