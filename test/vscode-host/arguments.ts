/** The few of VS Code's command-line arguments that the embedded host acts on. The rest is for Electron. */

export interface HostArguments {
  readonly extensionDevelopmentPath: string;
  readonly extensionTestsPath: string;
  readonly workspace?: string;
}

export function parseHostArguments(args: readonly string[]): HostArguments {
  const valueOf = (name: string): string => {
    const found = args.find((arg) => arg.startsWith(`--${name}=`));
    if (found === undefined) throw new Error(`The embedded VS Code needs --${name}=PATH`);
    return found.slice(name.length + 3);
  };
  const workspace = args.find((arg) => !arg.startsWith('-'));
  return {
    extensionDevelopmentPath: valueOf('extensionDevelopmentPath'),
    extensionTestsPath: valueOf('extensionTestsPath'),
    ...(workspace === undefined ? {} : { workspace }),
  };
}
