/** Files made to do harm, written byte by byte or out of an honest clip. */
import { crc32 } from "node:zlib";
import { box, type Mp4Track, mp4Bytes, u32 } from "../media/container/mp4-bytes.ts";

/** Texts that send a demuxer to other files, each of which names two: `there` are URLs. */
export const PLAYLISTS: Readonly<Record<string, (...there: readonly string[]) => string>> = {
  "an HLS playlist": (...there) =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:10\n${there.map((url) => `#EXTINF:10,\n${url}\n`).join("")}#EXT-X-ENDLIST\n`,
  "an ffconcat list": (...there) => `ffconcat version 1.0\n${there.map((url) => `file '${url}'\nduration 10\n`).join("")}`,
  "a DASH manifest": (...there) =>
    `<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" type="static" mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="video/mp4">${there.map((url, at) => `<Representation id="${at}" bandwidth="1"><BaseURL>${url}</BaseURL></Representation>`).join("")}</AdaptationSet></Period></MPD>\n`,
  "a session description": (...there) =>
    `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=${there.join(" ")}\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
};

/** The same text, no longer text at first sight: with a control character, at the end in a line of its own. */
export function notText(playlist: string): Buffer {
  return Buffer.concat([Buffer.from(playlist), Buffer.from("#\u0001\n")]);
}

const PACKET_BYTES = 188;

/** The same lines, which look like a transport stream: a comment behind each has a sync byte at the distance of packets. */
export function likeTransportStream(playlist: string): Buffer {
  const packets = playlist.split("\n").map((line) => {
    const before = `${line}\n#`.padEnd(PACKET_BYTES - 20, "-");
    if (before.length !== PACKET_BYTES - 20) throw new Error("a line does not fit a packet");
    return `${before}G`.padEnd(PACKET_BYTES - 1, "-").concat("\n");
  });
  return Buffer.from(packets.join(""));
}

type Edit = (content: Buffer) => Buffer;

/** An MP4 file with the content of one box changed, and the sizes of all boxes around it. The movie box has to be the last one. */
export function withBox(file: Buffer, path: readonly string[], edit: Edit): Buffer {
  const [type, ...rest] = path;
  const parts: Buffer[] = [];
  let isDone = false;
  for (let at = 0; at + 8 <= file.length; ) {
    const size = file.readUInt32BE(at);
    const name = file.toString("latin1", at + 4, at + 8);
    const content = file.subarray(at + 8, at + size);
    if (name === type && !isDone) {
      isDone = true;
      parts.push(box(name, rest.length === 0 ? edit(content) : withBox(content, rest, edit)));
    } else parts.push(file.subarray(at, at + size));
    at += size;
  }
  if (!isDone) throw new Error(`there is no box ${type}`);
  return Buffer.concat(parts);
}

/** A movie whose samples are said to lie in another file. */
export function withDataReference(movie: Buffer, path: string): { readonly url: Buffer; readonly alias: Buffer } {
  const inTrack = ["moov", "trak", "mdia", "minf", "dinf", "dref"];
  const entry = (type: string, content: Buffer) => () => Buffer.concat([u32(0, 1), box(type, u32(0), content)]);
  return {
    url: withBox(movie, inTrack, entry("url ", Buffer.from(`file://${path}\0`))),
    alias: withBox(movie, inTrack, entry("alis", aliasRecord(path))),
  };
}

/** A Macintosh alias with its volume, and the absolute path as record 2. */
function aliasRecord(path: string): Buffer {
  const fixed = Buffer.alloc(150);
  fixed.writeUInt16BE(150, 4);
  const bytes = Buffer.from(path);
  const record = Buffer.alloc(4);
  record.writeUInt16BE(2);
  record.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([fixed, record, bytes, Buffer.alloc(bytes.length % 2), Buffer.from([0xff, 0xff, 0, 0])]);
}

/** An element of Matroska with a size of eight bytes. */
function element(id: string, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(0x01_00_00_00_00_00_00_00n + BigInt(content.length));
  return Buffer.concat([Buffer.from(id, "hex"), size, content]);
}

const SEGMENT = "18538067";

/** What stands before the segment, and in it; its list of places becomes void, because it would be wrong in a file that is changed. */
function partsOf(file: Buffer): { readonly head: Buffer; readonly content: Buffer } {
  const at = file.indexOf(Buffer.from(SEGMENT, "hex"));
  const content = Buffer.from(file.subarray(at + 12));
  const length = shortElementBytes(content, "114d9b74");
  element("ec", Buffer.alloc(length - 9)).copy(content);
  return { head: file.subarray(0, at), content };
}

/** Of an element with an id of four bytes and a size of one. */
function shortElementBytes(bytes: Buffer, id: string): number {
  const size = bytes[4] ?? 0;
  if (bytes.toString("hex", 0, 4) !== id || size < 0x80) throw new Error(`there is no short element ${id}`);
  return 5 + size - 0x80;
}

/** A Matroska file with more elements at the end of its segment. */
export function withElements(file: Buffer, ...elements: readonly Buffer[]): Buffer {
  const { head, content } = partsOf(file);
  return Buffer.concat([head, element(SEGMENT, content, ...elements)]);
}

/** A Matroska file with more elements at the start of its segment. */
export function withFirstElements(file: Buffer, ...elements: readonly Buffer[]): Buffer {
  const { head, content } = partsOf(file);
  return Buffer.concat([head, element(SEGMENT, ...elements, content)]);
}

/** A Matroska file with more inside an element at the start of its segment. */
function extended(file: Buffer, id: string, ...more: readonly Buffer[]): Buffer {
  const { head, content } = partsOf(file);
  const at = content.indexOf(Buffer.from(id, "hex"));
  const end = at + shortElementBytes(content.subarray(at), id);
  return Buffer.concat([
    head,
    element(SEGMENT, content.subarray(0, at), element(id, content.subarray(at + 5, end), ...more), content.subarray(end)),
  ]);
}

/** A Matroska file that says it goes on in another one, by name and by number. */
export function linkedTo(file: Buffer, path: string): Buffer {
  const uid = (byte: number) => Buffer.alloc(16, byte);
  const previous = [element("3cb923", uid(1)), element("3c83ab", Buffer.from(path))];
  const next = [element("3eb923", uid(2)), element("3e83bb", Buffer.from(path))];
  return extended(file, "1549a966", ...previous, ...next);
}

/** A Matroska file with subtitles, all of them shown from its start on. */
export function withSubtitles(file: Buffer, texts: readonly string[]): Buffer {
  const codec = element("86", Buffer.from("S_TEXT/UTF8"));
  const track = element(
    "ae",
    element("d7", Buffer.from([2])),
    element("73c5", Buffer.from([2])),
    element("83", Buffer.from([0x11])),
    codec,
  );
  const blocks = texts.map((text) =>
    element("a0", element("a1", Buffer.from([0x82, 0, 0, 0]), Buffer.from(text)), element("9b", Buffer.from([100]))),
  );
  const withTrack = extended(file, "1654ae6b", track);
  const at = withTrack.indexOf(Buffer.from(SEGMENT, "hex"));
  const cluster = element("1f43b675", element("e7", Buffer.from([0])), Buffer.concat(blocks));
  return Buffer.concat([withTrack.subarray(0, at), element(SEGMENT, withTrack.subarray(at + 12), cluster)]);
}

/** A cluster with one block of the first track, at a time of eight bytes. */
export function lateCluster(ticks: bigint): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(ticks);
  return element("1f43b675", element("e7", time), element("a3", Buffer.from([0x81, 0, 0, 0x80, 0, 0, 0, 1, 0x65])));
}

/** `count` chapters, a millisecond each. */
export function chapters(count: number): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return bytes;
  };
  const atoms = Array.from({ length: count }, (_, at) =>
    element("b6", element("73c4", number(at + 1)), element("91", number(at * 1e6)), element("92", number((at + 1) * 1e6))),
  );
  return element("1043a770", element("45b9", Buffer.concat(atoms)));
}

export function tag(name: string, value: string): Buffer {
  const simple = element("67c8", element("45a3", Buffer.from(name)), element("4487", Buffer.from(value)));
  return element("1254c367", element("7373", element("63c0"), simple));
}

/** Tags within tags. */
export function nestedTags(depth: number): Buffer {
  // Sizes are counted beforehand, because a copy per level would be quadratic.
  const head = 2 + 8;
  const parts: Buffer[] = [];
  for (let level = 0; level < depth; level++) {
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(0x01_00_00_00_00_00_00_00n + BigInt(head * (depth - level - 1)));
    parts.push(Buffer.from("67c8", "hex"), size);
  }
  return element("1254c367", element("7373", element("63c0"), Buffer.concat(parts)));
}

/** Boxes within boxes, each said to be as long as its content. */
export function nestedBoxes(type: string, depth: number): Buffer {
  const bytes = Buffer.alloc(8 * depth);
  for (let level = 0; level < depth; level++) {
    bytes.writeUInt32BE(8 * (depth - level), 8 * level);
    bytes.write(type, 8 * level + 4, "latin1");
  }
  return bytes;
}

class BitWriter {
  #bits = "";

  bits(value: number, count: number): this {
    this.#bits += value.toString(2).padStart(count, "0");
    return this;
  }

  /** Exp-Golomb. */
  ue(value: number): this {
    const text = (value + 1).toString(2);
    this.#bits += "0".repeat(text.length - 1) + text;
    return this;
  }

  bytes(): Buffer {
    const text = `${this.#bits}1`;
    const whole = text.padEnd(Math.ceil(text.length / 8) * 8, "0");
    return Buffer.from(whole.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
  }
}

/** Emulation prevention, which every NAL unit needs. */
function nal(header: number, payload: Buffer): Buffer {
  const escaped: number[] = [header];
  for (const byte of payload) {
    if (byte <= 3 && escaped.at(-1) === 0 && escaped.at(-2) === 0) escaped.push(3);
    escaped.push(byte);
  }
  return Buffer.from(escaped);
}

/** One H.264 picture of a few bytes that says it has this size, in macroblocks. */
function h264Picture(widthMbs: number, heightMbs: number) {
  const sps = nal(
    0x67,
    Buffer.concat([
      Buffer.from([66, 0, 62]),
      new BitWriter()
        .ue(0)
        .ue(0)
        .ue(2)
        .ue(1)
        .bits(0, 1)
        .ue(widthMbs - 1)
        .ue(heightMbs - 1)
        .bits(0b1100, 4)
        .bytes(),
    ]),
  );
  const pps = nal(0x68, new BitWriter().ue(0).ue(0).bits(0, 2).ue(0).ue(0).ue(0).bits(0, 3).ue(0).ue(0).ue(0).bits(0, 3).bytes());
  // A slice of the first macroblock only: intra 16x16, nothing coded.
  const slice = nal(0x65, new BitWriter().ue(0).ue(7).ue(0).bits(0, 4).ue(0).bits(0, 2).ue(0).ue(3).ue(0).ue(0).bits(1, 1).bytes());
  return { sps, pps, slice };
}

const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);

/** One picture in an MP4 file. */
function onePicture(sample: Buffer, track: Mp4Track): Buffer {
  return mp4Bytes([{ timescale: 25, durations: [[1, 1]], sizes: [sample.length], media: sample, ...track }]);
}

export function h264Bomb(widthMbs: number, heightMbs: number): Buffer {
  const { sps, pps, slice } = h264Picture(widthMbs, heightMbs);
  const config = Buffer.concat([Buffer.from([1, 66, 0, 62, 0xff, 0xe1]), u16(sps.length), sps, Buffer.from([1]), u16(pps.length), pps]);
  return onePicture(Buffer.concat([u32(slice.length), slice]), { entryBoxes: [box("avcC", config)] });
}

/** A VP9 keyframe of the largest size there is, in IVF. */
export function vp9Bomb(): Buffer {
  const frame = Buffer.concat([Buffer.from([0x82, 0x49, 0x83, 0x42, 0x2f, 0xff, 0xff, 0xff, 0xf0]), Buffer.alloc(64)]);
  const head = Buffer.alloc(32);
  head.write("DKIF", 0, "latin1");
  head.writeUInt16LE(32, 6);
  head.write("VP90", 8, "latin1");
  head.writeUInt16LE(65_535, 12);
  head.writeUInt16LE(65_535, 14);
  head.writeUInt32LE(25, 16);
  head.writeUInt32LE(1, 20);
  head.writeUInt32LE(1, 24);
  const size = Buffer.alloc(12);
  size.writeUInt32LE(frame.length);
  return Buffer.concat([head, size, frame]);
}

/** An honest JPEG picture that says it is larger than it is, in QuickTime. */
export function jpegBomb(jpeg: Buffer, width: number, height: number): Buffer {
  const picture = Buffer.from(jpeg);
  const start = picture.indexOf(Buffer.from([0xff, 0xc0]));
  picture.writeUInt16BE(height, start + 5);
  picture.writeUInt16BE(width, start + 7);
  return onePicture(picture, { sampleEntry: "jpeg" });
}

/** The same with PNG. Its checksum is not looked at by every decoder, so it is set right. */
export function pngBomb(png: Buffer, width: number, height: number): Buffer {
  const picture = Buffer.from(png);
  picture.writeUInt32BE(width, 16);
  picture.writeUInt32BE(height, 20);
  picture.writeUInt32BE(crc32(picture.subarray(12, 29)), 29);
  return onePicture(picture, { sampleEntry: "png " });
}

function list(type: string, ...parts: readonly Buffer[]): Buffer {
  return riff("LIST", Buffer.from(type, "latin1"), ...parts);
}

function riff(type: string, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type, "latin1"), u32le(content.length), content, Buffer.alloc(content.length % 2)]);
}

function u32le(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, 4 * at);
  return bytes;
}

/** The pictures of a raw H.264 stream that has delimiters between them. */
export function accessUnits(stream: Buffer): Buffer[] {
  const delimiter = Buffer.from([0, 0, 0, 1, 9]);
  const units: Buffer[] = [];
  for (let at = stream.indexOf(delimiter); at >= 0; ) {
    const next = stream.indexOf(delimiter, at + 1);
    units.push(stream.subarray(at, next < 0 ? stream.length : next));
    at = next;
  }
  return units;
}

/** An AVI file of H.264 pictures, with a subtitle stream that is a whole file of another kind. */
export function aviWithSubtitleFile(pictures: readonly Buffer[], width: number, height: number, subtitles: Buffer): Buffer {
  const name = Buffer.from("x\0", "utf16le");
  const text = [
    Buffer.from("GAB2\0"),
    Buffer.from([2, 0]),
    u32le(name.length),
    name,
    Buffer.from([4, 0]),
    u32le(subtitles.length),
    subtitles,
  ];
  const bitmap = Buffer.concat([u32le(40, width, height, 0x00_18_00_01), Buffer.from("H264"), u32le(0, 0, 0, 0, 0)]);
  const headers = list(
    "hdrl",
    riff("avih", u32le(40_000, 0, 0, 0, pictures.length, 0, 2, 0, width, height, 0, 0, 0, 0)),
    aviStream("vidsH264", bitmap, pictures.length),
    aviStream("txts\0\0\0\0", Buffer.alloc(0), 1),
  );
  const movie = list("movi", riff("01tx", ...text), ...pictures.map((unit) => riff("00dc", unit)));
  return riff("RIFF", Buffer.from("AVI "), headers, movie);
}

function aviStream(kind: string, format: Buffer, length: number): Buffer {
  const header = riff("strh", Buffer.from(kind, "latin1"), u32le(0, 0, 0, 1, 25, 0, length, 0, 0xff_ff_ff_ff, 0, 0, 0));
  return list("strl", header, riff("strf", format));
}
