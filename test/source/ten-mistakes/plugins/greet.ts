export default async (_: { logger: unknown }): Promise<void> => {};
