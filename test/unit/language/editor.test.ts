import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Position } from 'vscode-languageserver';
import { describe, expect, it } from 'vitest';
import { completionsAt } from '../../../extension/language/server/completion';
import { codeActions, diagnosticsOf } from '../../../extension/language/server/diagnostics';
import { offsetAt, openScenario, type ScenarioDocument } from '../../../extension/language/server/documents';
import { hoverAt } from '../../../extension/language/server/hover';
import { definitionsAt, referencesAt, rename, renameRange } from '../../../extension/language/server/navigation';
import { foldingOf, outlineOf } from '../../../extension/language/server/outline';
import { signatureAt } from '../../../extension/language/server/signature';
import { CONSTANT_DOCS, FAULT_DOCS } from '../../../extension/language/server/words';
import { CONSTANTS, FAULT_KINDS } from '../../../simulator/language';

const SCENARIO = `
const SIZE = 4K
vm web { memory 32M }
fn twice(a) { return a * 2 }
process redis in web {
  let heap = mmap(SIZE, rw)
  fork child { write(heap, twice(1)) signal done }
  wait child.done
  print "heap {heap}"
}
host {
  expect gpa_of(redis, redis.heap) == web
}
`;

describe('completion', () => {
  it('knows what may stand where', () => {
    checkCompletion('|', ['machine', 'vm', 'process', 'host'], ['let', 'read']);
    checkCompletion('vm web { | }', ['memory', 'paging', 'backing'], ['tags', 'let']);
    checkCompletion('machine { tags | }', ['asid', 'off', 'rmp'], ['memory']);
    checkCompletion('machine { tlb { | } }', ['l1d', 'l2'], ['memory']);
    checkCompletion('vm web { }\nprocess p in |', ['web'], ['vm']);
    checkCompletion(
      'vm web { }\nprocess p in web { let heap = 1\n | }',
      ['heap', 'write', 'fork', 'let', 'web'],
      ['migrate', 'invlpg'],
    );
    checkCompletion('vm web { }\nprocess p in web { kernel { | } }', ['invlpg', 'set_pte'], ['migrate', 'exit']);
    checkCompletion('host { | }', ['migrate', 'flush'], ['mmap', 'invlpg']);
    checkCompletion('fn f(a) { | }', ['a', 'migrate', 'mmap'], []);
    checkCompletion('vm web { }\nprocess p in web { | let later = 1 }', ['let'], ['later']);
    checkCompletion('vm web { }\nprocess p in web { let x = 1 + | }', ['read', 'web'], ['let', 'fork']);
  });

  it('knows operands, steps, faults, events and qualified names', () => {
    checkCompletion('vm web { }\nhost { migrate(|) }', ['web', 'host'], ['let']);
    checkCompletion(
      'vm web { }\nhost { migrate(web, 0) without flush, | }',
      ['copy', 'map-nested'],
      ['flush', 'mirror'],
    );
    checkCompletion('vm web { }\nprocess p in web { fork c without | }', ['mirror', 'tables'], ['copy-on-write']);
    checkCompletion('vm web { }\nprocess p in web { expect fault | }', ['tag_violation'], ['read']);
    checkCompletion('host { expect counter(|) }', ['page_faults'], ['read']);
    checkCompletion('vm web { }\nprocess p in web { signal ready }\nhost { wait | }', ['p.ready'], ['let']);
    checkCompletion('vm web { }\nprocess p in web { signal ready }\nhost { wait p.| }', ['ready'], ['let']);
    checkCompletion('vm web { }\nprocess p in web { let heap = 1 }\nhost { let x = p.| }', ['heap'], ['let']);
    checkCompletion('vm web { }\nprocess p in web { }\nhost { let x = gpa_of(|) }', ['p'], ['web']);
    checkCompletion('vm web { }\nprocess p in web { replay("a", |) }', ['as lackey', 'as binary'], ['lackey', 'read']);
    checkCompletion('vm web { }\nprocess p in web { replay("a", as |) }', ['lackey', 'binary'], ['as lackey', 'read']);
  });

  it('is silent in comments and texts', () => {
    expect(complete('host { // |')).toEqual([]);
    expect(complete('host { /* |')).toEqual([]);
    expect(complete('host { print "a |')).toEqual([]);
    expect(complete('vm web { }\nprocess p in web { replay("a |')).toEqual([]);
    expect(complete('vm web { }\nprocess p in web { replay(|) }')).toEqual([]);
  });
});

describe('hover', () => {
  it('tells what a word means', () => {
    checkHover('mm|ap', /mmap\(size, perm, at = 0\)/);
    checkHover('let he|ap', /Variable `heap` of `redis`/);
    checkHover('SI|ZE, rw', /= 4096 \(0x1000\)/);
    checkHover('in we|b', /VM `web`, ASID 1: tpt, 32 MiB/);
    checkHover('mem|ory', /32M. if left out/);
    checkHover('fo|rk', /mirror/);
    checkHover('twi|ce(1)', /fn twice\(a\)/);
    checkHover('child.do|ne', /Event `child.done`/);
    checkHover('"heap {he|ap}', /Variable `heap`/);
    checkHover('|rw)', /read and write/);
  });

  it('has a word for each fault and constant', () => {
    expect(Object.keys(FAULT_DOCS).sort()).toEqual([...FAULT_KINDS].sort());
    expect(Object.keys(CONSTANT_DOCS).sort()).toEqual(Object.keys(CONSTANTS).sort());
  });
});

describe('navigation', () => {
  it('goes from uses to declarations', () => {
    checkDefinition('print "heap {he|ap}', 'heap = mmap');
    checkDefinition('redis.he|ap', 'heap = mmap');
    checkDefinition('gpa_of(red|is', 'redis in web');
    checkDefinition('== we|b', 'web { memory');
    checkDefinition('wait child.do|ne', 'done }');
    checkDefinition('wait chi|ld', 'child { write');
    checkDefinition('twi|ce(1)', 'twice(a)');
  });

  it('finds all uses and renames them', () => {
    const [document, position] = at(SCENARIO, 'let he|ap');
    expect(referencesAt(document, position, true)).toHaveLength(4);
    expect(referencesAt(document, position, false)).toHaveLength(3);
    expect(apply(document, position, 'area')).toBe(SCENARIO.replaceAll(/\bheap\b(?! \{)/g, 'area'));
    expect(apply(...at(SCENARIO, 'signal do|ne'), 'finished')).toBe(SCENARIO.replaceAll('done', 'finished'));
    expect(renameRange(...at(SCENARIO, 'ho|st'))).toBeNull();
    for (const bad of ['1x', 'let', 'a b', 'process'])
      expect(() => rename(document, position, bad)).toThrow(/is not a name|word of the language/);
  });
});

describe('outline and folding', () => {
  it('show tasks, and forks within them', () => {
    const outline = outlineOf(openScenario('u', SCENARIO));
    expect(outline.map(({ name }) => name)).toEqual(['SIZE', 'web', 'twice', 'redis', 'host']);
    expect(outline[3].children?.map(({ name }) => name)).toEqual(['child']);
    expect(foldingOf(openScenario('u', SCENARIO))).toContainEqual({ startLine: 4, endLine: 8 });
  });
});

describe('problems', () => {
  it('carry their fixes', () => {
    const document = openScenario('u', 'host { wrte(1) }');
    const [problem] = diagnosticsOf(document);
    expect(problem).toMatchObject({ code: 'unknown-name', source: 'tpt', severity: 1 });
    expect(codeActions(document, problem.range).map(({ title }) => title)).toEqual(['Change to `write`']);
    expect(codeActions(document, { start: { line: 5, character: 0 }, end: { line: 5, character: 0 } })).toEqual([]);
  });
});

describe('signature help', () => {
  it('knows the parameter being written', () => {
    const help = signatureAt(...at('host { migrate(web, gpa_of(x, 1), |) }', '|'));
    expect(help).toMatchObject({ activeParameter: 2, signatures: [{ label: 'migrate(vm, gpa, to = 0)' }] });
    expect(signatureAt(...at('host { replay("a", |) }', '|'))).toMatchObject({
      activeParameter: 1,
      signatures: [{ label: 'replay(file, as auto)' }],
    });
    expect(signatureAt(...at('fn f(a, b) { }\nhost { f(1, |) }', '|'))).toMatchObject({ activeParameter: 1 });
    expect(signatureAt(...at('host { | }', '|'))).toBeNull();
  });
});

describe('TextMate grammar', () => {
  it('refers to rules that exist, with patterns that compile', () => {
    const path = join(__dirname, '..', '..', '..', 'extension', 'language', 'tpt.tmLanguage.json');
    const grammar = JSON.parse(readFileSync(path, 'utf8')) as {
      scopeName: string;
      repository: Record<string, unknown>;
    };
    expect(grammar.scopeName).toBe('source.tpt');
    JSON.stringify(grammar, (key, value: unknown) => {
      if (key === 'include') expect(grammar.repository).toHaveProperty(String(value).slice(1));
      if (key === 'match' || key === 'begin' || key === 'end') expect(() => new RegExp(String(value))).not.toThrow();
      return value;
    });
  });
});

/** The document and the position of the bar; the words around the bar say where in the text it is. */
function at(text: string, marked: string): [ScenarioDocument, Position] {
  const bar = marked.indexOf('|');
  const plain = marked.replace('|', '');
  const whole = text.includes('|') ? text.replace('|', '') : text;
  const offset = text.includes('|') ? text.indexOf('|') : whole.indexOf(plain) + bar;
  const before = whole.slice(0, offset).split('\n');
  return [openScenario('u', whole), { line: before.length - 1, character: before[before.length - 1].length }];
}

function complete(text: string): string[] {
  return completionsAt(...at(text, text)).map(({ label }) => label);
}

function checkCompletion(text: string, present: string[], absent: string[]): void {
  const labels = complete(text);
  for (const label of present) expect(labels, text).toContain(label);
  for (const label of absent) expect(labels, text).not.toContain(label);
}

function checkHover(marked: string, expected: RegExp): void {
  const contents = hoverAt(...at(SCENARIO, marked))?.contents as { value: string } | undefined;
  expect(contents?.value, marked).toMatch(expected);
}

function checkDefinition(marked: string, expected: string): void {
  const [document, position] = at(SCENARIO, marked);
  const [definition] = definitionsAt(document, position);
  expect(SCENARIO.slice(offsetAt(SCENARIO, definition.range.start))).toMatch(
    new RegExp(`^${expected.replace(/[(){}]/g, '\\$&')}`),
  );
}

function apply(document: ScenarioDocument, position: Position, newName: string): string {
  const edits = rename(document, position, newName).changes?.['u'] ?? [];
  const last = [...edits].sort(
    (a, b) => offsetAt(document.text, b.range.start) - offsetAt(document.text, a.range.start),
  );
  let text = document.text;
  for (const { range, newText } of last)
    text = text.slice(0, offsetAt(text, range.start)) + newText + text.slice(offsetAt(text, range.end));
  return text;
}
