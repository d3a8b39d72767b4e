/** Values that are typed into prompts: what is taken, and in words why not. Decisions only, no DOM. */

export type Typed = { readonly ok: true; readonly value: bigint } | { readonly ok: false; readonly error: string };

/** A number below `end`, in hex with 0x or decimal. `noun` begins a sentence: "A frame number". */
function number(text: string, noun: string, example: string): Typed {
  const trimmed = text.trim();
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(trimmed)) return { ok: false, error: `${noun} is a number, like ${example}.` };
  return { ok: true, value: BigInt(trimmed) };
}

/** The number of a frame that the machine has. */
export function typedFrame(text: string, frames: number): Typed {
  const typed = number(text, 'A frame number', '0x1a00');
  if (!typed.ok || typed.value < BigInt(frames)) return typed;
  const frame = typed.value >> 12n;
  const isAddress = (typed.value & 0xfffn) === 0n && frame < BigInt(frames);
  return {
    ok: false,
    error: isAddress
      ? `This is an address; its frame is 0x${frame.toString(16)}.`
      : `The machine has 0x${frames.toString(16)} frames.`,
  };
}

/** A guest frame number: 40 bits at most. */
export function typedGfn(text: string): Typed {
  const typed = number(text, 'A guest frame number', '0x42');
  return typed.ok && typed.value >> 40n !== 0n
    ? { ok: false, error: 'A guest frame number has at most 40 bits.' }
    : typed;
}

export function typedKey(text: string): Typed {
  const typed = number(text, 'A protection key', '3');
  return typed.ok && typed.value > 15n ? { ok: false, error: 'A protection key is from 0 to 15.' } : typed;
}

/** A whole entry. */
export function typedRaw(text: string): Typed {
  const typed = number(text, 'An entry', '0x0000000001a00067');
  return typed.ok && typed.value >> 64n !== 0n ? { ok: false, error: 'An entry has 64 bits.' } : typed;
}
