export async function profileDiff(settings: unknown): Promise<never> {
  throw new Error("soon" + settings);
}
