import { openEmbedded, type EmbeddedServer } from "../../src/store/embedded.ts";
import { SchedulerError } from "../../src/model/errors.ts";

/**
 * A process that has the embedded server of a directory open: prints one line of JSON when it is
 * ready or has failed, and leaves when its standard input ends.
 */
const [stateDir = ""] = process.argv.slice(2);

const server = await open();
if (server !== null) {
  report({ adopted: server.adopted, connection: server.connection });
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once("end", resolve));
  await server[Symbol.asyncDispose]();
}

async function open(): Promise<EmbeddedServer | null> {
  try {
    return await openEmbedded({ stateDir, root: stateDir });
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    report({ code: error.code, message: error.message, help: error.help });
    return null;
  }
}

function report(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
