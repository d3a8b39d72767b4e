/** The questions that were asked, with a place among them, as in a browser. No DOM. */
import type { Question } from '../../extension/protocol/messages';

/** Questions kept: older ones are forgotten. */
const MOST = 50;

export class Trail {
  private questions: Question[] = [];
  private at = -1;

  get current(): Question | null {
    return this.questions[this.at] ?? null;
  }

  get all(): readonly Question[] {
    return this.questions;
  }

  get place(): number {
    return this.at;
  }

  get canGoBack(): boolean {
    return this.at > 0;
  }

  get canGoForward(): boolean {
    return this.at < this.questions.length - 1;
  }

  /** Puts a question after the present one; what came after that is forgotten. The same question again changes nothing. */
  ask(question: Question): void {
    if (this.current !== null && isSame(this.current, question)) return;
    this.questions = [...this.questions.slice(0, this.at + 1), question].slice(-MOST);
    this.at = this.questions.length - 1;
  }

  /** Puts a question in the place of the present one: for what merely follows a selection. */
  replace(question: Question): void {
    if (this.current === null) this.ask(question);
    else this.questions[this.at] = question;
  }

  go(place: number): void {
    this.at = Math.min(this.questions.length - 1, Math.max(0, place));
  }

  clear(): void {
    this.questions = [];
    this.at = -1;
  }
}

/** Answers by question, as they were given at a tick: for those that a machine which went back can no longer give. */
export class Answers<T> {
  private readonly answers = new Map<string, { readonly tick: number; readonly answer: T }>();

  keep(question: Question, tick: number, answer: T): void {
    this.answers.set(canonical(question), { tick, answer });
  }

  /** The answer that was given later than a tick; null: none was. */
  after(question: Question, tick: number): { readonly tick: number; readonly answer: T } | null {
    const found = this.answers.get(canonical(question));
    return found !== undefined && found.tick > tick ? found : null;
  }

  clear(): void {
    this.answers.clear();
  }
}

/** Whether two questions ask for the same. Questions are plain data whose order of fields does not count. */
export function isSame(a: Question, b: Question): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${name}:${canonical(field)}`).join()}}`;
}
