/** A record as docs/PARSE.md describes it: message, release, party, resource, deal, purge or error. */
export type DDEXRecord = { readonly type: string; readonly [field: string]: unknown };

/** Which records a chunk has. */
export type ChunkMetadata = {
  /** From 0. */
  readonly index: number;
  /** Its place in all records of the message, as lines of JSON. */
  readonly byteStart: number;
  readonly byteEnd: number;
  readonly releases: number;
  /** Of the message, that were read since the chunk before; those of a release may be read before it. */
  readonly elements: number;
};

export type OnChunk = (records: readonly DDEXRecord[], metadata: ChunkMetadata) => void | Promise<void>;
