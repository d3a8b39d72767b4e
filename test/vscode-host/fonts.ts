/**
 * The same fonts on every machine, so that pictures taken by tests are alike: Open Sans, which the packaged Chromium
 * brings, for words, and DejaVu for code, arrows and check marks. A machine without any font would otherwise show
 * addresses in proportional digits.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { profilesFolder, projectRoot } from './paths';

/** Writes the fontconfig file and answers the environment that makes Chromium read it. */
export function fontEnvironment(): Readonly<Record<string, string>> {
  const folders = [join(tmpdir(), 'fonts'), join(projectRoot, 'node_modules', 'dejavu-fonts-ttf', 'ttf')];
  const preferred = { 'sans-serif': 'Open Sans', serif: 'DejaVu Serif', monospace: 'DejaVu Sans Mono' };
  const file = join(profilesFolder, 'fonts.conf');
  const lines = [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    '<fontconfig>',
    ...folders.map((folder) => `  <dir>${folder}</dir>`),
    `  <cachedir>${join(profilesFolder, 'font-cache')}</cachedir>`,
    ...Object.entries(preferred).map(
      ([generic, family]) => `  <alias><family>${generic}</family><prefer><family>${family}</family></prefer></alias>`,
    ),
    '</fontconfig>',
    '',
  ];
  mkdirSync(profilesFolder, { recursive: true });
  writeFileSync(file, lines.join('\n'));
  return { FONTCONFIG_FILE: file };
}
