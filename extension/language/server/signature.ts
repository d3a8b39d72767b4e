import type { Position, SignatureHelp } from 'vscode-languageserver';
import { BUILTIN_BY_NAME, parameterLabel, signatureOf } from './language';
import { openCall } from './completion';
import { offsetAt, type ScenarioDocument } from './documents';

/** The parameters of the call whose arguments are being written. */
export function signatureAt(document: ScenarioDocument, position: Position): SignatureHelp | null {
  const call = openCall(document.text.slice(0, offsetAt(document.text, position)));
  if (call === null) return null;
  const builtin = BUILTIN_BY_NAME.get(call.callee);
  if (builtin !== undefined) {
    const parameters = builtin.parameters.map((parameter) => ({
      label: parameterLabel(parameter),
      documentation: parameter.doc,
    }));
    return help(signatureOf(builtin), builtin.doc, parameters, call.argument);
  }
  const node = document.checked.bound?.bodies.find((body) => body.role === 'fn' && body.name === call.callee)?.node;
  if (node?.$type !== 'Fn') return null;
  const names = node.parameters.map((parameter) => parameter.name);
  return help(
    `${call.callee}(${names.join(', ')})`,
    '',
    names.map((label) => ({ label })),
    call.argument,
  );
}

function help(
  label: string,
  documentation: string,
  parameters: { label: string; documentation?: string }[],
  active: number,
): SignatureHelp {
  return { signatures: [{ label, documentation, parameters }], activeSignature: 0, activeParameter: active };
}
