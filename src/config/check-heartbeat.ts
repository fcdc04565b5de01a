import type { SchedulerConfig } from "../model/config.generated.ts";
import { checkSecret } from "./check-credentials.ts";
import { checkLookup } from "./check-grants.ts";
import { checkAddress } from "./check-http.ts";
import type { PathFinding } from "./place.ts";
import { checkDuration } from "./range.ts";

const PATH = ["node", "heartbeat"];

/** The sign of life of the scheduler itself. */
export function checkHeartbeat({ node }: SchedulerConfig): PathFinding[] {
  const { heartbeat } = node ?? {};
  if (heartbeat === undefined) return [];
  const every = checkDuration(heartbeat.every, {
    path: [...PATH, "every"],
    from: 1_000,
    to: 86_400_000,
  });
  if ("file" in heartbeat) return every;
  const { url } = heartbeat;
  const at = [...PATH, "url"];
  const looksUp = typeof url !== "string" && "env" in url;
  return [
    ...every,
    ...checkAddress(url, { path: at, schemes: ["http:", "https:"] }),
    ...checkSecret(url, at),
    ...(looksUp ? checkLookup(url.env, [...at, "env"]) : []),
  ];
}
