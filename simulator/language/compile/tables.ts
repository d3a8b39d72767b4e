/** The lists of a program, filled while its bodies are compiled. */

import type { CallSite, ExpectationInfo, SourceRange } from '../program';

export interface StatementDraft {
  readonly range: SourceRange;
  readonly function: number;
  readonly addresses: { readonly range: SourceRange; register: number; readonly name: string }[];
}

export class Tables {
  readonly statements: StatementDraft[] = [];
  readonly calls: CallSite[] = [];
  readonly skips: (readonly string[])[] = [[]];
  readonly expectations: ExpectationInfo[] = [];
  readonly messages: string[] = [];
  readonly strings: string[] = [];

  addStatement(range: SourceRange, functionIndex: number): StatementDraft {
    const draft: StatementDraft = { range, function: functionIndex, addresses: [] };
    this.statements.push(draft);
    return draft;
  }

  addCall(site: CallSite): number {
    return this.calls.push(site) - 1;
  }

  addSkip(steps: readonly string[]): number {
    const known = this.skips.findIndex((other) => other.join() === steps.join());
    return known >= 0 ? known : this.skips.push([...steps]) - 1;
  }

  addExpectation(expectation: ExpectationInfo): number {
    return this.expectations.push(expectation) - 1;
  }

  addMessage(message: string): number {
    const known = this.messages.indexOf(message);
    return known >= 0 ? known : this.messages.push(message) - 1;
  }

  addString(text: string): number {
    const known = this.strings.indexOf(text);
    return known >= 0 ? known : this.strings.push(text) - 1;
  }
}
