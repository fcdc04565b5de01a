import { SCHEMA_TEXT } from "../../config/schema.generated.ts";
import type { CommandResult } from "../result.ts";

/** `schema`: the JSON Schema of the config file, for editors and other tools. */
export async function schema(): Promise<CommandResult> {
  const data: object = JSON.parse(SCHEMA_TEXT);
  return {
    data,
    artifactType: "text",
    title: "Configuration Schema",
    text: () => `${JSON.stringify(data, null, 2)}\n`,
  };
}
