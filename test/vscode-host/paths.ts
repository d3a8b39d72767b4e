/** Where the host's parts lie. One place, so that nothing else spells them out. */
import { join } from 'node:path';

export const projectRoot = join(__dirname, '..', '..');
export const samplesFolder = join(projectRoot, 'samples');

/** VS Code's own server and web workbench, as carried by the npm package code-server. */
export const vscodeRoot = join(projectRoot, 'node_modules', 'code-server', 'lib', 'vscode');
export const serverMain = join(vscodeRoot, 'out', 'server-main.js');

/** Profiles of the embedded host. Not under node_modules, so that `npm ci` leaves a person's settings alone. */
export const profilesFolder = join(projectRoot, '.vscode-test');

export const resultsFolder = join(projectRoot, 'out', 'test-results');
export const screenshotsFolder = join(projectRoot, 'out', 'screenshots');
export const hostTests = join(projectRoot, 'out', 'test', 'vscode', 'index.js');
