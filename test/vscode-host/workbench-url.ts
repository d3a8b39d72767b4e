/** The address that opens a workbench with the extension in development mode. */

export interface WorkbenchOptions {
  readonly port: number;
  /** Folder to open, absolute. */
  readonly workspace?: string;
  /** File to open in it, absolute. */
  readonly file?: string;
  readonly extensionDevelopmentPath: string;
  readonly extensionTestsPath?: string;
}

export function workbenchUrl(options: WorkbenchOptions): string {
  const remote = (path: string): string => `vscode-remote://127.0.0.1:${options.port}${path}`;
  const payload = [['extensionDevelopmentPath', remote(options.extensionDevelopmentPath)]];
  if (options.extensionTestsPath !== undefined)
    payload.push(['extensionTestsPath', remote(options.extensionTestsPath)]);
  if (options.file !== undefined) payload.push(['openFile', remote(options.file)]);
  const url = new URL(`http://127.0.0.1:${options.port}/`);
  if (options.workspace !== undefined) url.searchParams.set('folder', options.workspace);
  url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}
