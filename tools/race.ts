// Two nodes race on one database for as long as you like: npm run race -- --seconds 60
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" } } });
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new Error("--seconds takes a number above 0");

const { status } = spawnSync(
  process.execPath,
  [
    "--conditions=cronverge-source",
    "--test",
    `--test-timeout=${(seconds + 120) * 1_000}`,
    "--test-global-setup=./test/helpers/global-setup.ts",
    "test/daemon/overlap-race.test.ts",
  ],
  {
    cwd: join(import.meta.dirname, ".."),
    stdio: "inherit",
    env: { ...process.env, CRONVERGE_RACE_SECONDS: String(seconds) },
  },
);
process.exit(status ?? 1);
