import type { Diagnostic, SourceRange } from './program';

export type Severity = Diagnostic['severity'];
export type Fix = NonNullable<Diagnostic['fix']>;

/** Collects the diagnostics of one scenario; the checks share one. */
export class Problems {
  readonly list: Diagnostic[] = [];

  error(code: string, message: string, range: SourceRange, fix?: Fix): void {
    this.add('error', code, message, range, fix);
  }

  warning(code: string, message: string, range: SourceRange, fix?: Fix): void {
    this.add('warning', code, message, range, fix);
  }

  info(code: string, message: string, range: SourceRange, fix?: Fix): void {
    this.add('info', code, message, range, fix);
  }

  private add(severity: Severity, code: string, message: string, range: SourceRange, fix: Fix | undefined): void {
    this.list.push(fix === undefined ? { severity, code, message, range } : { severity, code, message, range, fix });
  }
}
