/** What a segment's bytes are, as granted: a huge-page request that fell back to base pages is "Heap". */
export type MemoryType = "Heap" | "SharedMemory" | "HugePages" | "MappedFile";
