// Evaluated once, before any script: makes the world that a script sees. What must hold for safety is checked again
// in Java, since a script can change every object of this world but none outside it.
(() => {
  'use strict';
  const invoke = globalThis.java_invoke;
  const { parse, stringify } = JSON;
  const { create, defineProperty, freeze, getPrototypeOf, keys, prototype: plainPrototype, setPrototypeOf } = Object;
  const { isArray, prototype: { push, pop, includes, join, map } } = Array;
  const { isFinite } = Number;
  const { imul } = Math;
  const apply = Reflect.apply;
  const textOf = Function.prototype.toString;
  const { isWellFormed, toWellFormed, slice, indexOf, replaceAll, split } = String.prototype;
  const exec = RegExp.prototype.exec;
  const then = Promise.prototype.then;
  const AsyncFunction = (async () => {}).constructor;

  // Answers are JSON; a request that ends the script has no answer.
  const ask = (what, text) => parse(invoke('', what, text));

  // ---- What may leave: plain JSON, read once, without any conversion that a script could influence.

  class Unfit extends Error {}

  const plain = (root, name, most) => {
    const path = [name];
    const open = [];
    let left = most;
    const unfit = fault => new Unfit(apply(join, path, ['']) + ' ' + fault);
    const spend = amount => {
      left -= amount;
      if (left < 0) {
        ask('large', '');
      }
    };
    const text = value => {
      spend(value.length + 2);
      if (!apply(isWellFormed, value, [])) {
        throw unfit('holds half of a surrogate pair, which is no text.');
      }
      if (apply(indexOf, value, ['\0']) >= 0) {
        throw unfit('holds the character U+0000, which cannot be stored.');
      }
      return value;
    };
    const inside = (container, copy, names) => {
      if (open.length >= 90) {
        throw apply(includes, open, [container])
          ? unfit('contains itself.')
          : unfit('is nested deeper than 90 levels.');
      }
      apply(push, open, [container]);
      for (let i = 0; i < names.length; i++) {
        const key = names[i];
        apply(push, path, [typeof key === 'number' ? '[' + key + ']' : '.' + key]);
        const value = container[key];
        if (typeof key === 'number') {
          copy[key] = convert(value);
        } else if (value !== undefined) {
          copy[text(key)] = convert(value);
        }
        apply(pop, path, []);
      }
      apply(pop, open, []);
      return copy;
    };
    const array = value => {
      const length = value.length;
      spend(2 * length);
      const indices = [];
      for (let i = 0; i < length; i++) {
        indices[i] = i;
      }
      return inside(value, setPrototypeOf([], null), indices);
    };
    const object = value => {
      const prototype = getPrototypeOf(value);
      if (prototype !== plainPrototype && prototype !== null) {
        throw unfit('is not a plain object; turn it into one, or into text.');
      }
      spend(2);
      return inside(value, create(null), keys(value));
    };
    const convert = value => {
      switch (typeof value) {
        case 'string':
          return text(value);
        case 'boolean':
          spend(4);
          return value;
        case 'number':
          spend(1);
          if (!isFinite(value)) {
            throw unfit('is ' + value + ', which JSON does not have.');
          }
          return value;
        case 'object':
          spend(2);
          return value === null ? null : isArray(value) ? array(value) : object(value);
        default:
          throw unfit('is ' + (value === undefined ? 'undefined' : 'a ' + typeof value) + ', which JSON does not have.');
      }
    };
    return convert(root);
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

  let most = 0;

  const call = (tool, args) => {
    if (typeof tool !== 'string') {
      throw new TypeError('call(tool, arguments): the tool is named by a string');
    }
    const sent = plain(args === undefined ? {} : args, 'arguments', most);
    const answer = ask('call', stringify(setPrototypeOf([tool, sent], null)));
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

  // The generator sfc32, seeded by the host with four words.
  const seed = words => {
    let [a, b, c, d] = words;
    const next = () => {
      const t = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (c << 21) | (c >>> 11);
      c = (c + t) | 0;
      return t >>> 0;
    };
    for (let i = 0; i < 12; i++) {
      next();
    }
    Math.random = () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
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
      text = value === undefined ? 'null' : stringify(plain(value, 'The result', most));
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
