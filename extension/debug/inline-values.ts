/** Beside each statement, while stopped: the address it uses, where it goes and whose frame that is. */
import * as vscode from 'vscode';

/** A line's text as the adapter gives it (request `tpt/inlineValues`); positions count from 0. */
interface InlineValue {
  readonly range: {
    readonly startLine: number;
    readonly startColumn: number;
    readonly endLine: number;
    readonly endColumn: number;
  };
  readonly text: string;
}

export class InlineValues implements vscode.InlineValuesProvider {
  async provideInlineValues(
    document: vscode.TextDocument,
    viewPort: vscode.Range,
    context: vscode.InlineValueContext,
  ): Promise<vscode.InlineValue[]> {
    const session = vscode.debug.activeDebugSession;
    if (session?.type !== 'tpt') return [];
    const values = await ask(session, context.frameId);
    return (
      values
        .map(
          ({ range, text }) =>
            new vscode.InlineValueText(
              new vscode.Range(range.startLine, range.startColumn, range.endLine, range.endColumn),
              text,
            ),
        )
        // The file may have been edited since it was compiled.
        .filter(({ range }) => viewPort.intersection(range) !== undefined && range.end.line < document.lineCount)
    );
  }
}

async function ask(session: vscode.DebugSession, frameId: number): Promise<readonly InlineValue[]> {
  try {
    const answer = (await session.customRequest('tpt/inlineValues', { frameId })) as {
      readonly values: readonly InlineValue[];
    };
    return answer.values;
  } catch {
    // The run went on in the meantime, or the session ended: there is nothing to show.
    return [];
  }
}
