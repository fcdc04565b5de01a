import { join } from "node:path";

export const SOURCE_MAIN: string = join(import.meta.dirname, "..", "..", "src", "main.ts");

/**
 * The program that tests start: the compiled one, which is what people get, where the test command
 * has built it; else the sources.
 */
export const MAIN: string = process.env["CRONVERGE_TEST_MAIN"] ?? SOURCE_MAIN;
