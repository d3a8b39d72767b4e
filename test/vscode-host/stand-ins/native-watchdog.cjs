// Takes the place of @vscode/native-watchdog, whose binding would have to be compiled. An extension host also looks
// after its parent from JavaScript; the binding is for one that hangs, and server.ts ends those with their group.
'use strict';
exports.start = () => {};
exports.exit = (code) => process.exit(code ?? 0);
