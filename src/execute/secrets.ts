import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { errorMessage } from "../model/errors.ts";
import type { ValueSource } from "../model/request.ts";
import { addressSecrets } from "./address-credentials.ts";

/** A larger file is no secret, and would not fit an environment either. */
const MAX_VALUE_BYTES = 65_536;

export interface ResolveOptions {
  /** Where the value is named in the config file; in messages. */
  key: string;
  /** Absolute folder of the config file: `{file: …}` is relative to it. */
  configDir: string;
  /** The environment of the node. */
  env: NodeJS.ProcessEnv;
}

/** A value that the node cannot provide. The message names the key, never a value. */
export class ValueUnavailable extends Error {
  override readonly name: string = "ValueUnavailable";
}

/**
 * The text of a value that is written in the config, or of what it names on this node. One newline
 * at the end of a file is not part of the value.
 *
 * @throws ValueUnavailable when the variable is not set, or the file cannot be read.
 */
export async function resolveValue(source: ValueSource, options: ResolveOptions): Promise<string> {
  const { key } = options;
  if (typeof source === "string") return source;
  if ("env" in source) {
    const value = options.env[source.env];
    if (value !== undefined) return value;
    throw new ValueUnavailable(`${key}: the variable ${source.env} is not set on this node`);
  }
  let text: string;
  try {
    text = await readFile(resolve(options.configDir, source.file), "utf8");
  } catch (error) {
    const why = errorMessage(error);
    throw new ValueUnavailable(`${key}: the file ${source.file} cannot be read: ${why}`);
  }
  if (text.length > MAX_VALUE_BYTES || text.includes("\0")) {
    throw new ValueUnavailable(`${key}: the file ${source.file} holds no text of at most 64 KiB`);
  }
  return text.replace(/\r?\n$/, "");
}

/** Resolves values and remembers which of them must not be shown. */
export class SecretResolver {
  readonly #options: Omit<ResolveOptions, "key">;
  /** What must not be shown: every value that was looked up, and the credentials of addresses. */
  readonly secrets: string[] = [];

  constructor(options: Omit<ResolveOptions, "key">) {
    this.#options = options;
  }

  async resolve(source: ValueSource, key: string): Promise<string> {
    const value = await resolveValue(source, { ...this.#options, key });
    if (typeof source !== "string") this.secrets.push(value);
    return value;
  }

  /** The same of an address, whose credentials are secret wherever they are written. */
  async resolveAddress(source: ValueSource, key: string): Promise<string> {
    const address = await this.resolve(source, key);
    this.secrets.push(...addressSecrets(address));
    return address;
  }
}
