/** Encoder arguments behind `--`: an allow-list for each encoder. Those that decide memory become settings of the plan. */
import { UsageError } from "../base/index.ts";

export type EncoderOptions = {
  /** Settings the plan takes in place of the preset's, by their name in EncoderSettings. */
  readonly settings: Readonly<Record<string, number>>;
  /** Options of ffmpeg. */
  readonly args: readonly string[];
  /** Parameters of the encoder's own list. */
  readonly parameters: readonly string[];
  /** The buffer of a rate control goes through the whole video. */
  readonly isCuttable: boolean;
};

/** Passed on as it is; passed on, and the video is then one chunk; or a setting of the plan with its lowest and highest value. */
type Rule = "free" | "whole" | { readonly setting: string; readonly least: number; readonly most: number };
type Rules = Readonly<Record<string, Rule>>;
type EncoderRules = { readonly options: Rules; readonly list?: { readonly option: string; readonly parameters: Rules } };

const free = (words: string): Rules => Object.fromEntries(words.split(" ").map((word) => [word, "free"]));
const whole = (words: string): Rules => Object.fromEntries(words.split(" ").map((word) => [word, "whole"]));
const setting = (name: string, least: number, most: number): Rule => ({ setting: name, least, most });

const X26_SETTINGS: Rules = { keyint: setting("keyint", 1, 600), bframes: setting("bframes", 0, 16), ref: setting("refs", 1, 16) };
const X26_OPTIONS: Rules = {
  ...free("-tune -profile:v -level -level:v -keyint_min -sc_threshold -qmin -qmax -qcomp -i_qfactor"),
  ...whole("-maxrate -bufsize"),
  "-g": setting("keyint", 1, 600),
  "-bf": setting("bframes", 0, 16),
  "-refs": setting("refs", 1, 16),
};

const RULES: Readonly<Record<string, EncoderRules>> = {
  libx264: {
    options: {
      ...X26_OPTIONS,
      ...free("-aq-mode -aq-strength -psy -psy-rd -b-bias -b-pyramid -weightb -mixed-refs -8x8dct -fast-pskip -deblock -subq -trellis"),
      ...free("-me_range -motion-est -coder -direct-pred -chromaoffset -partitions"),
      "-rc-lookahead": setting("lookahead", 0, 250),
    },
    list: {
      option: "-x264-params",
      parameters: {
        ...X26_SETTINGS,
        ...free("min-keyint scenecut aq-mode aq-strength psy-rd psy deblock qcomp ipratio pbratio subme trellis me merange direct"),
        ...free("partitions 8x8dct dct-decimate fast-pskip chroma-qp-offset nr deadzone-inter deadzone-intra qpmin qpmax qpstep"),
        ...free("weightb b-bias b-pyramid cabac mixed-refs level"),
        ...whole("vbv-maxrate vbv-bufsize vbv-init crf-max"),
        "rc-lookahead": setting("lookahead", 0, 250),
      },
    },
  },
  libx265: {
    options: X26_OPTIONS,
    list: {
      option: "-x265-params",
      parameters: {
        ...X26_SETTINGS,
        ...free("min-keyint scenecut aq-mode aq-strength psy-rd psy-rdoq rd rdoq-level rect amp limit-refs limit-modes limit-tu"),
        ...free("tu-inter-depth tu-intra-depth me subme merange max-merge sao deblock strong-intra-smoothing cutree qcomp ipratio"),
        ...free("pbratio early-skip rskip tskip signhide cbqpoffs crqpoffs level-idc high-tier qg-size"),
        ...whole("vbv-maxrate vbv-bufsize vbv-init crf-max"),
        "rc-lookahead": setting("lookahead", 0, 250),
      },
    },
  },
  "libvpx-vp9": {
    options: {
      ...free("-g -keyint_min -arnr-maxframes -arnr-strength -aq-mode -tune -tune-content -sharpness -undershoot-pct -overshoot-pct"),
      ...free("-noise-sensitivity -static-thresh -qmin -qmax -min-gf-interval -frame-parallel -level -enable-tpl"),
      ...whole("-maxrate -bufsize"),
      "-cpu-used": setting("cpuUsed", 0, 5),
      "-lag-in-frames": setting("lag", 0, 25),
      "-tile-columns": setting("tileColumns", 0, 6),
    },
  },
  libsvtav1: {
    options: free("-g -qmin -qmax"),
    list: {
      option: "-svtav1-params",
      parameters: {
        ...free("tune film-grain film-grain-denoise enable-overlays scd enable-qm qm-min qm-max sharpness aq-mode enable-dlf enable-cdef"),
        "hierarchical-levels": setting("hierarchicalLevels", 2, 4),
      },
    },
  },
  "libaom-av1": {
    options: {
      ...free("-g -aq-mode -tune -denoise-noise-level -enable-cdef -enable-restoration -arnr-max-frames -arnr-strength -qmin -qmax"),
      "-cpu-used": setting("cpuUsed", 0, 8),
      "-lag-in-frames": setting("lag", 0, 48),
    },
  },
};

/** Whole words of options: no path, no quote, nothing a list could be ended with. */
const VALUE = /^[\w.,:=+-]{1,1000}$/;

/** @throws UsageError for an argument that is not on the list of the encoder, or a value out of range */
export function parseEncoderOptions(encoder: string, words: readonly string[]): EncoderOptions {
  const rules = RULES[encoder] ?? { options: {} };
  const reader = new OptionReader(encoder, rules);
  for (let at = 0; at < words.length; at += 2) reader.addOption(words[at] ?? "", words[at + 1]);
  return reader.options();
}

class OptionReader {
  readonly #encoder: string;
  readonly #rules: EncoderRules;
  readonly #settings: Record<string, number> = {};
  readonly #args: string[] = [];
  readonly #parameters: string[] = [];
  #isCuttable = true;

  constructor(encoder: string, rules: EncoderRules) {
    this.#encoder = encoder;
    this.#rules = rules;
  }

  addOption(name: string, value: string | undefined): void {
    const { list, options } = this.#rules;
    const rule = ruleOf(options, name);
    if (rule === undefined && name !== list?.option) throw this.#unknown(name, Object.keys(options));
    if (value === undefined || !VALUE.test(value)) {
      throw new UsageError(`encoder argument ${name} needs a value of letters, digits and . , : = + - _`, { hint: `-- ${name} value` });
    }
    if (name === list?.option) for (const part of value.split(":")) this.#addParameter(part, list.parameters);
    else if (this.#take(name, value, rule)) this.#args.push(name, value);
  }

  options(): EncoderOptions {
    return { settings: this.#settings, args: this.#args, parameters: this.#parameters, isCuttable: this.#isCuttable };
  }

  #addParameter(part: string, rules: Rules): void {
    const [name = "", value = "1"] = part.split("=");
    const isOff = name.startsWith("no-") && ruleOf(rules, name.slice(3)) === "free";
    const rule = isOff ? "free" : ruleOf(rules, name);
    if (rule === undefined) throw this.#unknown(name, Object.keys(rules));
    if (this.#take(name, value, rule)) this.#parameters.push(`${name}=${value}`);
  }

  /** @returns true when it is to be passed on */
  #take(name: string, value: string, rule: Rule | undefined): boolean {
    if (rule === "whole") this.#isCuttable = false;
    if (rule === undefined || rule === "free" || rule === "whole") return true;
    const number = Number(value);
    if (!Number.isInteger(number) || number < rule.least || number > rule.most) {
      throw new UsageError(`encoder argument ${name} needs a whole number from ${rule.least} to ${rule.most}, got "${value}"`);
    }
    this.#settings[rule.setting] = number;
    return false;
  }

  #unknown(name: string, known: readonly string[]): UsageError {
    const names = this.#rules.list === undefined ? known : [...known, this.#rules.list.option];
    return new UsageError(`mm does not pass ${name} to ${this.#encoder}`, {
      hint: names.length === 0 ? "leave it out" : `one of ${names.join(" ")}`,
    });
  }
}

/** Names like "constructor" are no rules. */
function ruleOf(rules: Rules, name: string): Rule | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}
