import { MalformedInputError } from "../../base/index.ts";

/** Reads bits, most significant first, from bytes whose emulation prevention is already removed (H.264 and H.265, section 9.1 and 9.2). */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** u(n), n from 0 to 32. @throws MalformedInputError at the end of the bytes */
  bits(count: number): number {
    if (this.#position + count > this.#bytes.length * 8) throw endsEarly();
    let value = 0;
    for (let left = count; left > 0; ) {
      const inByte = 8 - (this.#position & 7);
      const taken = Math.min(inByte, left);
      const byte = this.#bytes[this.#position >> 3] ?? 0;
      value = value * 2 ** taken + ((byte >> (inByte - taken)) & ((1 << taken) - 1));
      this.#position += taken;
      left -= taken;
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  skip(count: number): void {
    if (this.#position + count > this.#bytes.length * 8) throw endsEarly();
    this.#position += count;
  }

  /** ue(v), at most 2^32 - 2. */
  ue(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros++;
      if (zeros > 31) throw new MalformedInputError("a coded number in the video's headers is too long");
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** ue(v) that must not exceed `most`. @throws MalformedInputError naming the field */
  ueAtMost(most: number, field: string): number {
    const value = this.ue();
    if (value > most) throw new MalformedInputError(`${field} is ${value} in the video's headers; the most is ${most}`);
    return value;
  }

  /** se(v). */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}

function endsEarly(): MalformedInputError {
  return new MalformedInputError("the video's headers end early");
}
