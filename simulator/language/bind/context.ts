import type { AstNode } from 'langium';
import type {
  Assign,
  Call,
  Expression,
  For,
  Fork,
  Let,
  NameUse,
  Parameter,
  Print,
  Qualified,
  Scenario,
  Signal,
  Statement,
  Wait,
} from '../generated/ast';
import type { TextPart } from '../parse';
import type { Problems } from '../problems';
import type { SourceRange } from '../program';
import type {
  Body,
  CallTarget,
  ConstantSymbol,
  EventSymbol,
  NameTarget,
  Place,
  VariableSymbol,
  VmSymbol,
} from '../symbols';

/** What one binding has found so far; the functions of this folder share it. */
export class BindContext {
  readonly vms = new Map<string, VmSymbol>();
  readonly constants = new Map<string, ConstantSymbol>();
  readonly functions = new Map<string, Body>();
  readonly tasks = new Map<string, Body>();
  readonly allVms: VmSymbol[] = [];
  readonly bodies: Body[] = [];
  taskCount = 0;
  readonly bodyOf = new Map<AstNode, Body>();

  readonly names = new Map<NameUse, NameTarget>();
  readonly variables = new Map<Let | For | Assign | Qualified | Parameter, VariableSymbol>();
  readonly qualifiers = new Map<Qualified, Body>();
  readonly calls = new Map<Call, CallTarget>();
  readonly operands = new Map<Expression, number>();
  readonly waits = new Map<Wait, EventSymbol>();
  readonly signals = new Map<Signal, EventSymbol>();
  readonly forks = new Map<Fork, Body>();
  readonly places = new Map<Statement | Call, Place>();
  readonly events = new Map<string, EventSymbol>();

  /** What waits until every task, its variables and its signals are known. */
  readonly late: (() => void)[] = [];

  /** Variables that are visible at the place being bound, innermost block last. */
  scopes: Map<string, VariableSymbol>[] = [];

  constructor(
    readonly scenario: Scenario,
    readonly texts: ReadonlyMap<Print, readonly TextPart[]>,
    readonly problems: Problems,
  ) {}

  /** The visible variable of this name. */
  lookUp(name: string): VariableSymbol | undefined {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const symbol = this.scopes[i].get(name);
      if (symbol !== undefined) return symbol;
    }
    return undefined;
  }

  visibleVariables(): string[] {
    return this.scopes.flatMap((scope) => [...scope.keys()]);
  }

  /** Reports a name that one of the spaces has already. */
  isTaken(
    name: string,
    range: SourceRange,
    spaces: readonly ReadonlyMap<string, { definitions: SourceRange[] }>[],
  ): boolean {
    for (const space of spaces) {
      const other = space.get(name);
      if (other === undefined) continue;
      this.problems.error(
        'duplicate-name',
        `\`${name}\` is declared already, in line ${other.definitions[0].startLine + 1}.`,
        range,
      );
      return true;
    }
    return false;
  }
}

/** The tree of a text with syntax errors lacks what its types promise. */
export function given<T>(value: T): T | undefined {
  return value;
}
