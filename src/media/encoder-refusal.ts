/** An encoder that does not open: what that means goes by who chose what it was told. */
import { type MmError, UnsupportedError, UsageError } from "../base/index.ts";
import type { EncoderOptions } from "./encoder-options.ts";
import { type EncoderSettings, encoderName } from "./model/index.ts";

type Told = { readonly settings: EncoderSettings; readonly options: EncoderOptions };

/** @returns undefined where mm chose everything, so that a failure is not the user's */
export function encoderRefusal({ settings, options }: Told): ((words: string) => MmError) | undefined {
  const encoder = encoderName(settings);
  if (options.args.length + options.parameters.length + Object.keys(options.settings).length > 0) {
    return (words) =>
      new UsageError(`${encoder} does not take the encoder arguments`, {
        details: { ffmpeg: words },
        hint: "another value, or leave the argument out",
      });
  }
  if (settings.codec !== "other") return undefined;
  return (words) =>
    new UnsupportedError(`${encoder} does not take this picture as it is`, {
      details: { ffmpeg: words },
      hint: "--scale, --fps, --vf format= or --bitrate as ffmpeg's words say, or another --encoder",
    });
}
