/** What the native parser of DDEX messages takes and gives (native/napi/message_parser_wrap.cc), by the rules of types.ts. */

/**
 * A field table (src/ddex) for one family of versions, made flat by compile-table.ts. Numbers that stand for nothing are NONE. A node is what an element
 * name leads to; the first nodes are those of `roots`.
 */
export type CompiledTable = {
  /** Local names of elements and attributes; an id is the place in it. */
  readonly names: readonly string[];
  /** NODE_WORDS numbers each: object slot, text slot, flags, first edge, edges, first attribute, attributes. */
  readonly nodes: Uint32Array;
  /** Two numbers each: the child's name, its node; those of a node in ascending order of names. */
  readonly edges: Uint32Array;
  /** Two numbers each: the attribute's name, the slot its value is for. */
  readonly attributes: Uint32Array;
  /** FIELD_WORDS numbers each: key, kind, slot, shape or chosen slot, flags; those of a shape one behind the other, in the order they are written. */
  readonly fields: Uint32Array;
  /** Two numbers each: first field, fields. */
  readonly shapes: Uint32Array;
  readonly keys: readonly string[];
  /** Node and shape of each composite that is read, by the local name of its element. */
  readonly roots: readonly { readonly element: string; readonly node: number; readonly shape: number }[];
};

export type ParseFormat = "ndjson" | "json" | "csv";
export type ParseTable = "releases" | "tracks" | "deals" | "parties";

/** One message. Descriptors stay the caller's. */
export type ParseInput = {
  /** As the records name it. */
  readonly name: string;
  /** `joined`: a regular file. `records`: anything that can be read. */
  readonly fd: number;
  /** -1: where the last message's output goes on. */
  readonly outputFd: number;
};

export type ParseRequest = {
  readonly inputs: readonly ParseInput[];
  readonly mode: "joined" | "records";
  readonly format: ParseFormat;
  readonly table: ParseTable;
  /** How much is read at once. */
  readonly chunkBytes: number;
  /** Output is gathered in so much, and written when this share of it is full. */
  readonly bufferBytes: number;
  readonly flushThreshold: number;
  readonly maxDepth: number;
  /** In one composite. */
  readonly maxElements: number;
  /**
   * What is around the records of an output, written with its first record: `whole` a header of CSV, brackets of JSON, for each output that begins ·
   * `first` the same without the bracket behind: other records follow · `following` nothing, and in JSON ",\n" before the first record too.
   */
  readonly frame: "whole" | "first" | "following";
};

export type TextPlace = { readonly offset: number; readonly line: number; readonly column: number };

/** Why a message is refused, or is a problem of a release. Codes are those of docs/PARSE.md. */
export type ParseFailure = TextPlace & { readonly code: string; readonly message: string };

export type ParseOutcome = {
  /** The message is refused. It has left nothing in its output in `joined`, `outputBytes` in `records`. */
  readonly failure?: ParseFailure;
  /** The message was not read to its end for another reason than what is in it, with as little left in its output. */
  readonly stop?: { readonly code: "ENOMEM" | "ESTALE" | "EIO"; readonly lackingBytes?: number; readonly operation?: string };
  readonly version?: string;
  readonly bytes: number;
  readonly outputBytes: number;
  readonly elements: number;
  readonly maxDepth: number;
  readonly releases: number;
  readonly tracks: number;
  readonly deals: number;
  readonly parties: number;
  readonly problems: number;
};

export type ParseProgress = {
  readonly inputs: number;
  readonly bytes: number;
  readonly releases: number;
  readonly elements: number;
  readonly diskBytes: number;
  readonly diskPeakBytes: number;
};

/**
 * Reads messages one after the other on a thread of its own. Promises reject as those of NativeReduction do: ECANCELED, ENOSPC, EPIPE, or
 * the errno of a call; what concerns one message alone is its outcome. Pins its segment until closed.
 */
export interface NativeMessageParser {
  /** One outcome for each message that was read, in order; the first with a failure or stop is the last. */
  parse(request: ParseRequest): Promise<readonly ParseOutcome[]>;
  progress(): ParseProgress;
  cancel(): void;
  close(): void;
}
