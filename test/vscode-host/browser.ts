/** Headless Chromium from an npm package, or the machine's own where TPT_SCOPE_CHROMIUM names one. */
import { type Browser, chromium } from 'playwright-core';
import { fontEnvironment } from './fonts';

const quietArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['TPT_SCOPE_CHROMIUM'] ?? (await packagedChromium());
  // The environment is read after packagedChromium, which adds LD_LIBRARY_PATH to it.
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const env = { ...Object.fromEntries(inherited), ...fontEnvironment() };
  return chromium.launch({ executablePath, args: quietArguments, headless: true, env });
}

/**
 * The package unpacks its own copies of libnss3 and friends only where it takes itself to be on AWS Lambda; set before
 * the import, since it looks at the environment while loading.
 */
async function packagedChromium(): Promise<string> {
  process.env['AWS_EXECUTION_ENV'] ??= 'AWS_Lambda_nodejs22.x';
  process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs22.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  return packaged.executablePath();
}
