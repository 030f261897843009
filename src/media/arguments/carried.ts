/** Arguments for what an output holds beside its picture, which is its first stream. */
import type { Carry } from "../carry.ts";
import type { MediaIndex } from "../container/index.ts";
import type { OutputFormat } from "../output-format.ts";
import { languageIn } from "../stream-language.ts";

/** Takes the streams from an input of the child, and says what becomes of each. @param input - number of the input */
export function carriedOptions({ streams }: Carry, input: number): string[] {
  const maps = streams.flatMap(({ streamIndex }) => ["-map", `${input}:${streamIndex}`]);
  const options = streams.flatMap(({ codec, options }, at) => {
    return [`-c:${at + 1}`, codec, ...options.flatMap(([name, value]) => [`-${name}:${at + 1}`, value])];
  });
  return [...maps, ...options];
}

/** Tags that speak of the stream as it was in the input's own container. */
const STALE = /^(language|title|timecode|encoder|duration|bps|number_of_(frames|bytes)|_statistics_.*|vendor_id|rotate|alpha_mode)(-\w+)?$/;

/** Tags of the input's picture, which the chunks do not have. */
export function pictureTags({ words }: MediaIndex, { video, timecode }: Carry, { titlesAreHandlers }: OutputFormat): string[] {
  const tags = words[video]?.tags ?? new Map<string, string>();
  const title = titlesAreHandlers ? undefined : tags.get("title");
  return [
    ...[...tags].filter(([key]) => !STALE.test(key)),
    ...(title === undefined ? [] : [["title", title] as const]),
    // Without a value it is taken away: the chunks have it from the input.
    ...(tags.has("timecode") || timecode !== undefined ? [["timecode", timecode ?? ""] as const] : []),
  ].flatMap(([key, value]) => ["-metadata:s:0", `${key}=${value}`]);
}

/** ffmpeg takes the words of copied streams along by itself, but its MP4 muxer drops titles, and that of QuickTime many languages. */
export function streamWords({ words }: MediaIndex, { video, streams }: Carry, format: OutputFormat): string[] {
  return [video, ...streams.map(({ streamIndex }) => streamIndex)].flatMap((streamIndex, at) => {
    const { language, tags } = words[streamIndex] ?? {};
    const code = language === undefined ? undefined : languageIn(format, language);
    const title = format.titlesAreHandlers ? tags?.get("title") : undefined;
    return [
      ...(code === undefined ? [] : [`-metadata:s:${at}`, `language=${code}`]),
      ...(title === undefined ? [] : [`-metadata:s:${at}`, `handler_name=${title}`]),
    ];
  });
}
