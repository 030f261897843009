import type { TranscodeSettings } from "../commands/index.ts";
import { type ParseValue, wrongValue } from "./values.ts";

type StreamSpec = TranscodeSettings["streams"][number];

const KINDS = ["v", "a", "s", "d", "t"] as const;
const FORMS = "a stream such as v:0, a, s:1, 0:3, with - in front to leave it out";

/** One or several of ffmpeg's stream specifiers, with commas between: "v:0,a", "-0:3". */
export const streamSpecs: ParseValue<readonly StreamSpec[]> = (value, origin) =>
  value.split(",").map((text): StreamSpec => {
    const [match, minus, input, letter, number, index, question] =
      /^(-?)(0:)?(?:([vasdt])(?::(\d{1,4}))?|(\d{1,4}))(\?)?$/.exec(text.trim()) ?? [];
    if (match === undefined) throw wrongValue(origin, FORMS, text);
    // To ffmpeg it is all streams of the first input.
    if (index === "0" && input === undefined) throw wrongValue(origin, `${FORMS}; 0:0 for the first stream`, text);
    const position = number ?? index;
    return {
      text: match,
      isLeftOut: minus === "-",
      isOptional: question === "?",
      kind: KINDS.find((kind) => kind === letter),
      position: position === undefined ? undefined : Number(position),
    };
  });
