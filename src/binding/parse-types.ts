/** What the native parser of DDEX messages takes and gives (native/napi/message_parser_wrap.cc), by the rules of types.ts. */

/**
 * A field table (src/ddex) for one family of versions, made flat by compile-table.ts; native/xml/field_table.h checks it and has the same words. Rows
 * of numbers lie one behind the other. NO_ROW stands for nothing.
 *
 * A node is what an element leads to: which objects it opens and which values its text and attributes are. `up` counts the open objects from the
 * innermost one: that many further out is whose slot it is. An object has a slot for each field that is read.
 */
export type CompiledTable = {
  /** All strings one behind the other, in UTF-8. */
  readonly text: Uint8Array;
  /** Offset and length of each. */
  readonly strings: Uint32Array;
  /** First action, actions, first edge, edges, first attribute, attributes. */
  readonly nodes: Uint32Array;
  /** Flags, up, slot, shape of an object that is opened or string of a name. First what is opened. */
  readonly actions: Uint32Array;
  /** Name of the child, its node. */
  readonly edges: Uint32Array;
  /** Name, flags, up, slot; those of one name one behind the other. */
  readonly attributes: Uint32Array;
  /**
   * Key as JSON with its colon, kind, slot (of `joined`, that it starts from), shape, first choice or join or string of a constant, choices, flags;
   * those of a shape in the order they are written.
   */
  readonly fields: Uint32Array;
  /** First field, fields, first slot, slots. */
  readonly shapes: Uint32Array;
  /** Slot of the variants, which field of their shape is taken, that shape, slots of its `default`, `territory`, `territories`. */
  readonly choices: Uint32Array;
  /** Name, node, shape of each element that is read on its own. */
  readonly roots: Uint32Array;
};

/** The field table of a family and mode. Its first root is the message itself, the others are its composites, in order. */
export type MessageTable = {
  readonly compiled: CompiledTable;
  readonly composites: readonly MessageComposite[];
};

/** Composite of src/ddex/shape.ts. */
export type MessageComposite = {
  readonly list: string;
  readonly role: "party" | "resource" | "release" | "deal" | "purge" | "catalog";
  /** "": it is not referred to. */
  readonly reference: string;
  readonly into: "tracks" | "videos" | "images" | "texts" | "none";
};

/** Of the one mode that all requests of the parser are in. */
export type MessageParserOptions = {
  readonly tables: readonly MessageTable[];
  /** Those of src/ddex/versions.ts, each with the place of its family's table in `tables`. */
  readonly versions: readonly { readonly name: string; readonly digits: string; readonly table: number }[];
  readonly roots: readonly { readonly element: string; readonly isRecordsOnly: boolean }[];
  readonly namespaces: readonly string[];
  /** By ParseTable, in the order of its words. */
  readonly columns: readonly CompiledColumns[];
  /** Two temporary files, for an index that does not fit into the memory. */
  readonly files: readonly number[];
};

/** A table of CSV, made flat by compile-columns.ts; native/xml/column_table.h checks it and has the same words. A node is what a key of a record leads to. */
export type CompiledColumns = {
  readonly text: Uint8Array;
  readonly strings: Uint32Array;
  /** First edge, edges, column of a value there, scope that an object there begins, 1 when the object is a row, string of that row's last cell. */
  readonly nodes: Uint32Array;
  /** Key as JSON with its colon, node. */
  readonly edges: Uint32Array;
  /** Header, scope. */
  readonly columns: Uint32Array;
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
  /** What an index may take of the temporary files. */
  readonly diskLimitBytes: number;
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
  /**
   * The message is refused. It has left `outputBytes` in its output: none in `joined`, unless what is read of it is nested deeper than 256 elements, which a larger
   * `maxDepth` allows.
   */
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
  /** By so much less was kept of deals, because equal values are kept once. */
  readonly internedBytes: number;
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
