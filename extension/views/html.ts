import * as vscode from 'vscode';
import { randomBytes } from 'node:crypto';
import type { ViewName } from '../protocol/messages';

/** Pages by the name of their bundle. */
export type PageName = ViewName | 'compare';

/** The page of a view: one script, three style sheets, nothing else may load. */
export function viewHtml(webview: vscode.Webview, extensionUri: vscode.Uri, view: PageName): string {
  const nonce = randomBytes(16).toString('base64url');
  const file = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(webviewRoot(extensionUri), name)).toString();
  const csp = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    // The nonce is for the one style element that the component library makes; style attributes stay forbidden.
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${csp}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta property="csp-nonce" content="${nonce}" />
    <link rel="stylesheet" href="${file('codicon.css')}" />
    <link rel="stylesheet" href="${file(`${view}.css`)}" />
    <title>${view}</title>
  </head>
  <body data-vscode-context='{"preventDefaultContextMenuItems": true}'>
    <script nonce="${nonce}" src="${file(`${view}.js`)}"></script>
  </body>
</html>`;
}

export function webviewRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'out', 'webview');
}
