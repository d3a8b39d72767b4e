import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';

interface Manifest {
  readonly contributes: {
    readonly debuggers: readonly { readonly type: string }[];
    readonly views: { readonly tptScope: readonly { readonly id: string }[] };
  };
}

describe('the extension in a real VS Code', () => {
  const extension = vscode.extensions.getExtension('tpt-scope.tpt-scope');

  it('activates', async () => {
    assert.ok(extension, 'the extension is not there');
    await extension.activate();
    assert.ok(extension.isActive);
  });

  it('contributes the scenario language, the debug type and the views', async () => {
    const { contributes } = extension?.packageJSON as Manifest;
    assert.ok((await vscode.languages.getLanguages()).includes('tpt'));
    assert.deepEqual(
      contributes.debuggers.map(({ type }) => type),
      ['tpt'],
    );
    assert.deepEqual(
      contributes.views.tptScope.map(({ id }) => id),
      ['tptScope.translations', 'tptScope.frames', 'tptScope.faults', 'tptScope.history'],
    );
  });
});
