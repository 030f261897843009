// A job that shares memory, told by its parent what to do: `node member.mjs <dist/memory/index.js>`.
const { JobShare } = await import(process.argv[2]);
const share = await JobShare.join({
  command: "member",
  version: "1",
  limit: { children: 0, engineBinaries: 0 },
  signal: new AbortController().signal,
  onBroken: (broken) => process.send({ broken }),
});
const acts = {
  others: () => share.others,
  turn: async (bytes) => {
    await share.takeTurn(bytes, () => {});
    return true;
  },
  claim: async (bytes) =>
    (await share.claim(
      (free) => (free >= bytes ? bytes : undefined),
      () => {},
    )) ?? null,
  cover: (bytes) => share.lease.cover(bytes, "needed"),
  end: () => {
    share[Symbol.dispose]();
    process.disconnect();
  },
};
process.on("message", async ({ act, bytes }) => {
  const answer = await acts[act](bytes);
  if (process.connected) process.send({ answer });
});
process.send({ joined: share.apart ?? "joined" });
