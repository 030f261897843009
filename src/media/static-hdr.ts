/** Static HDR metadata as parameters of encoders. */
import type { Picture } from "./picture.ts";

/** Values in the units of the streams, so that nothing is rounded. */
export function staticHdrParameters(codec: "h264" | "hevc", picture: Pick<Picture, "masteringDisplay" | "contentLight">): string[] {
  const { masteringDisplay: display, contentLight: light } = picture;
  const [displayName, lightName] = codec === "h264" ? ["mastering-display", "cll"] : ["master-display", "max-cll"];
  const parameters: string[] = [];
  if (display !== undefined) {
    const [red, green, blue, white] = display.primaries.map((pair) => `(${pair.join(",")})`);
    const luminance = `(${display.maxLuminance},${display.minLuminance})`;
    parameters.push(`${displayName}=G${green}B${blue}R${red}WP${white}L${luminance}`);
  }
  if (light !== undefined) parameters.push(`${lightName}=${light.maxCll},${light.maxFall}`);
  return parameters;
}
