export default async (ctx: { logger: unknown }): Promise<void> => {};
