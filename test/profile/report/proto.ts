/** Protocol buffers, read by the wire format alone: https://protobuf.dev/programming-guides/encoding. */
export type Message = Map<number, (bigint | Uint8Array)[]>;

export function readMessage(bytes: Uint8Array): Message {
  const message: Message = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at];
      if (byte === undefined) throw new Error("the message ends inside a number");
      at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const [field, wire] = [Number(key >> 3n), Number(key & 7n)];
    let value: bigint | Uint8Array;
    if (wire === 0) value = varint();
    else if (wire === 2) {
      const length = Number(varint());
      if (at + length > bytes.length) throw new Error(`field ${field} reaches beyond the end`);
      value = bytes.subarray(at, at + length);
      at += length;
    } else throw new Error(`wire type ${wire} is none of profile.proto`);
    message.set(field, [...(message.get(field) ?? []), value]);
  }
  return message;
}

export function messages(message: Message, field: number): Message[] {
  return (message.get(field) ?? []).map((value) => readMessage(value as Uint8Array));
}

/** A repeated number, packed or not. */
export function numbers(message: Message, field: number): number[] {
  return (message.get(field) ?? []).flatMap((value) => {
    if (typeof value === "bigint") return [Number(value)];
    const packed: number[] = [];
    for (let at = 0; at < value.length; ) {
      let [number, shift] = [0n, 0n];
      for (;;) {
        const byte = value[at] ?? 0;
        at += 1;
        number |= BigInt(byte & 127) << shift;
        shift += 7n;
        if (byte < 128) break;
      }
      packed.push(Number(number));
    }
    return packed;
  });
}

export function number(message: Message, field: number): number {
  return numbers(message, field)[0] ?? 0;
}
