export async function profileView(settings: unknown): Promise<never> {
  throw new Error("soon" + settings);
}
