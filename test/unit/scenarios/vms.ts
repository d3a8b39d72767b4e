/** One VM `web` on a small machine; `body` is the rest of the file. */
export function oneVm(body: string, settings: { readonly machine?: string; readonly vm?: string } = {}): string {
  return `machine { memory 64M ${settings.machine ?? ''} }
vm web { memory 16M ${settings.vm ?? ''} }
${body}`;
}

/** One process `app` in `web`. */
export const inProcess = (body: string, settings: { readonly machine?: string; readonly vm?: string } = {}): string =>
  oneVm(`process app in web {\n${body}\n}`, settings);
