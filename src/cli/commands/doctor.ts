import type { CommandContext } from "../context.ts";
import type { CommandResult } from "../result.ts";
export async function doctor(context: CommandContext): Promise<CommandResult> { throw new Error(String(context)); }
