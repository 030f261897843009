/** The proofs that every output stands, encoded or copied: everything that is carried is in it, and picture and sound are in time. */
import type { Carry } from "./carry.ts";
import type { ByteInput, MediaIndex, WrittenIndex } from "./container/index.ts";
import type { OutputFormat } from "./output-format.ts";
import type { Picture } from "./picture.ts";
import { pictureLength } from "./picture-length.ts";
import { proveStreams } from "./proof-streams.ts";
import { proveTime, type TimeProof } from "./proof-time.ts";

/** The plan of a job: the index is that of its input. */
type Plan = { readonly index: MediaIndex; readonly picture: Picture; readonly carry: Carry; readonly format: OutputFormat };

/**
 * @param output - the bytes that `written` is the index of
 * @param wantedSeconds - how long the picture is to last; undefined where the container does not say
 * @throws IoError naming the first difference; the output must not be published then
 */
export function proveCarried(
  output: ByteInput,
  written: WrittenIndex,
  { index, picture, carry, format }: Plan,
  wantedSeconds: number | undefined,
): TimeProof {
  proveStreams(written, { input: index, carry, format, part: picture });
  const sound = carry.streams.find(({ kind }) => kind === "audio");
  return proveTime(written, {
    input: index,
    picture,
    sound: sound && { streamIndex: sound.streamIndex, isEncoded: sound.codec !== "copy" },
    length: wantedSeconds === undefined ? undefined : { wantedSeconds, found: pictureLength(written, output) },
  });
}
