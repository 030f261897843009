/** Resolves when the work has ended either way, with a function that gives its result or throws its error. */
export async function settled<T>(work: Promise<T>): Promise<() => T> {
  const [result] = await Promise.allSettled([work]);
  return () => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  };
}
