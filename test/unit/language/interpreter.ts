import { Op, type Program } from '../../../simulator/language/program';

/** What a program without a machine prints: a plain reading of program.ts, to judge the compiler by. */
export function printed(program: Program): string[] {
  const output: string[] = [];
  const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
  const flag = (value: boolean): bigint => (value ? 1n : 0n);
  let steps = 0;

  const run = (functionIndex: number, parameters: readonly bigint[]): bigint => {
    const info = program.functions[functionIndex];
    const r = Array.from({ length: info.registers }, (_, i) => parameters[i] ?? 0n);
    for (let at = info.entry; ;) {
      if (++steps > 100_000) throw new Error('too many steps');
      const [op, a, b, c] = program.code.slice(at * 4, at * 4 + 4);
      at++;
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- words of a program are numbers
      switch (op as Op) {
        case Op.Statement:
          break;
        case Op.Const:
          r[a] = (BigInt(c >>> 0) << 32n) | BigInt(b >>> 0);
          break;
        case Op.Move:
          r[a] = r[b];
          break;
        case Op.Add:
          r[a] = u64(r[b] + r[c]);
          break;
        case Op.Sub:
          r[a] = u64(r[b] - r[c]);
          break;
        case Op.Mul:
          r[a] = u64(r[b] * r[c]);
          break;
        case Op.Div:
          r[a] = r[b] / r[c];
          break;
        case Op.Mod:
          r[a] = r[b] % r[c];
          break;
        case Op.And:
          r[a] = r[b] & r[c];
          break;
        case Op.Or:
          r[a] = r[b] | r[c];
          break;
        case Op.Xor:
          r[a] = r[b] ^ r[c];
          break;
        case Op.Shl:
          r[a] = r[c] > 63n ? 0n : u64(r[b] << r[c]);
          break;
        case Op.Shr:
          r[a] = r[c] > 63n ? 0n : r[b] >> r[c];
          break;
        case Op.Eq:
          r[a] = flag(r[b] === r[c]);
          break;
        case Op.Ne:
          r[a] = flag(r[b] !== r[c]);
          break;
        case Op.Lt:
          r[a] = flag(r[b] < r[c]);
          break;
        case Op.Le:
          r[a] = flag(r[b] <= r[c]);
          break;
        case Op.Gt:
          r[a] = flag(r[b] > r[c]);
          break;
        case Op.Ge:
          r[a] = flag(r[b] >= r[c]);
          break;
        case Op.Not:
          r[a] = flag(r[b] === 0n);
          break;
        case Op.BitNot:
          r[a] = u64(~r[b]);
          break;
        case Op.Neg:
          r[a] = u64(-r[b]);
          break;
        case Op.Jump:
          at = a;
          break;
        case Op.JumpIfZero:
          if (r[b] === 0n) at = a;
          break;
        case Op.Call: {
          const result = run(a, r.slice(b, b + program.functions[a].parameters));
          if (c >= 0) r[c] = result;
          break;
        }
        case Op.Return:
          return a < 0 ? 0n : r[a];
        case Op.Print: {
          let next = b;
          output.push(program.messages[a].replaceAll('{}', () => String(r[next++])));
          break;
        }
        case Op.End:
          return 0n;
        default:
          throw new Error(`no reading of ${String(op)}`);
      }
    }
  };
  run(program.tasks[0].function, []);
  return output;
}
