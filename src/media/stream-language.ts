/** What a stream's language is called in a container. */
import { isMatroska } from "./container/index.ts";
import type { OutputFormat } from "./output-format.ts";

/** QuickTime has numbers for languages, and ffmpeg's muxer knows these (tried with 4.1 and 5.1). 4.1 calls all others English. */
const QUICKTIME = [
  ..."eng fra ger ita dut sve spa dan por nor heb jpn ara fin gre ice mlt tur chi urd hin tha kor lit pol hun est lav rus alb".split(" "),
  ..."ron ces slk slv yid mac bul ukr bel uzb kaz aze arm geo mon ben guj ori mar asm mal tam tel bur khm lao vie ind may tgl".split(" "),
  ..."amh tir som swa nep san wel baq cat lat que grn aym tat uig jav".split(" "),
];

/** The same language by its other code (ISO 639-2 has two for some), or as the muxer spells it. */
const OTHER_CODES: Readonly<Record<string, string>> = {
  ...{ fre: "fra", deu: "ger", nld: "dut", swe: "sve", nob: "nor", nno: "nor", ell: "gre", isl: "ice", zho: "chi", sqi: "alb" },
  ...{ rum: "ron", cze: "ces", slo: "slk", mkd: "mac", hye: "arm", kat: "geo", mya: "bur", msa: "may", cym: "wel", eus: "baq" },
};

/** undefined when the container has no word for it. Matroska takes any. */
export function languageIn({ name }: OutputFormat, language: string): string | undefined {
  if (isMatroska(name)) return language;
  if (name === "mp4") return /^[a-z]{3}$/.test(language) ? language : undefined;
  const code = OTHER_CODES[language] ?? language;
  return QUICKTIME.includes(code) ? code : undefined;
}
