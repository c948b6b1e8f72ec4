import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = join(__dirname, '../../main/web');
const STRINGS = 'strings/';
const files = readdirSync(ROOT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({ name: relative(ROOT, path), text: readFileSync(path, 'utf8') }));

type Path = string[];

/** All phrases of the catalogue by their path, as in `chat.title`. */
function phrases(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, one]) => phrases(one, [...path, name]));
}

/** What a file calls parts of the catalogue: by what it imports, and by constants that are set to a part of it. */
class Reading {
  private readonly called = new Map<string, Path[]>();
  readonly used: Path[] = [];

  read(source: ts.SourceFile) {
    this.names(source);
    this.walk(source);
  }

  private call(name: string, path: Path) {
    this.called.set(name, [...(this.called.get(name) ?? []), path]);
  }

  private names(node: ts.Node) {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier) && node.moduleSpecifier.text.startsWith('@/strings')) {
      const named = node.importClause?.namedBindings;
      if (named && ts.isNamedImports(named)) {
        for (const { name, propertyName } of named.elements) {
          const what = (propertyName ?? name).text;
          this.call(name.text, node.moduleSpecifier.text === '@/strings' ? [] : [what]);
        }
      }
    } else if (ts.isVariableDeclaration(node) && node.initializer) {
      for (const path of this.paths(node.initializer)) {
        if (ts.isIdentifier(node.name)) this.call(node.name.text, path);
        else if (ts.isObjectBindingPattern(node.name)) {
          for (const { name, propertyName } of node.name.elements) {
            if (ts.isIdentifier(name)) this.call(name.text, [...path, propertyName && ts.isIdentifier(propertyName) ? propertyName.text : name.text]);
          }
        }
      }
    }
    ts.forEachChild(node, (child) => this.names(child));
  }

  /** Where an expression leads in the catalogue, as far as it says so. */
  private paths(node: ts.Node): Path[] {
    if (ts.isIdentifier(node)) return this.called.get(node.text) ?? [];
    if (ts.isPropertyAccessExpression(node)) return this.paths(node.expression).map((path) => [...path, node.name.text]);
    if (ts.isElementAccessExpression(node) && ts.isStringLiteral(node.argumentExpression)) {
      const { text } = node.argumentExpression;
      return this.paths(node.expression).map((path) => [...path, text]);
    }
    return [];
  }

  private walk(node: ts.Node) {
    if (ts.isImportDeclaration(node)) return;
    const found = this.paths(node);
    // The longest expression says which phrase is meant; of what is only given another name, that one does.
    if (found.length > 0) {
      if (!(ts.isVariableDeclaration(node.parent) && node.parent.initializer === node)) this.used.push(...found);
      return;
    }
    if (ts.isVariableDeclaration(node)) {
      if (node.initializer) this.walk(node.initializer);
      return;
    }
    ts.forEachChild(node, (child) => this.walk(child));
  }
}

describe('nothing is kept that nobody uses', () => {
  it('of what is said', { timeout: 60_000 }, () => {
    const modules: Record<string, Record<string, unknown>> = import.meta.glob('../../main/web/strings/*.ts', { eager: true });
    const all = Object.entries(modules).filter(([name]) => !name.endsWith('/index.ts')).flatMap(([, module]) => phrases(module, []));
    expect(all.length).toBeGreaterThan(500);
    const used = files.filter(({ name }) => !name.startsWith(STRINGS)).flatMap(({ name, text }) => {
      const reading = new Reading();
      reading.read(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, name.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS));
      return reading.used;
    });
    const leads = new Set(used.map((path) => path.join('.')));
    const said = (path: Path) => path.some((_, at) => leads.has(path.slice(0, at + 1).join('.'))) || [...leads].some((lead) => lead.startsWith(`${path.join('.')}.`));
    expect(all.filter((path) => !said(path)).map((path) => path.join('.'))).toEqual([]);
  });

  it('of what is exported', () => {
    const counts = new Map<string, number>();
    for (const { text } of files) for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) counts.set(word, (counts.get(word) ?? 0) + 1);
    const exported = files.flatMap(({ name, text }) => [...text.matchAll(/^export (?:async )?(?:const|function|class|interface|type) ([\w$]+)/gm)].map(([, word = '']) => ({ name, word })));
    expect(exported.length).toBeGreaterThan(100);
    expect(exported.filter(({ word }) => (counts.get(word) ?? 0) < 2).map(({ name, word }) => `${name} ${word}`)).toEqual([]);
  });
});
