/** A stream beside the picture on its way to the output. */
export type CarriedStream = {
  readonly streamIndex: number;
  readonly kind: "audio" | "subtitle" | "picture" | "attachment";
  /** ffmpeg's "copy" or an encoder. */
  readonly codec: string;
  /** What the output's stream is; "" when nobody looks. */
  readonly outputCodec: string;
  /** What the sound is like in the output. */
  readonly sound: { readonly sampleRate: number; readonly channels: number } | undefined;
  /** Options of the encoder: name without its dash, and value. */
  readonly options: readonly (readonly [name: string, value: string])[];
};
