import type { NodeItem } from "../../views/nodes.ts";
import type { DoctorFinding } from "../../views/doctor.ts";
import { keepsClock } from "../../model/node-role.ts";
import { findingsOf, someOf } from "./finding.ts";

const { ok, hint, wrong } = findingsOf("nodes");

/** A node as it is now, or as it was last seen. */
export type KnownNode = Pick<
  NodeItem,
  "host" | "pid" | "role" | "version" | "state" | "live" | "reload_diagnostics"
> & { renewed_at: string };

/** `nodes` are the newest first, with those that are gone. `version` is that of this program. */
export function checkNodes(nodes: readonly KnownNode[], version: string): DoctorFinding[] {
  return [
    checkLive(nodes),
    ...checkVersions(nodes, version),
    ...checkReloads(nodes),
    ...checkDead(nodes),
  ];
}

export function checkLive(nodes: readonly KnownNode[]): DoctorFinding {
  const live = nodes.filter((node) => node.live);
  if (live.some(({ role }) => keepsClock(role))) {
    return ok("nodes-live", `live: ${someOf(live.map(nameOf))}`);
  }
  return hint(
    "nodes-live",
    "no scheduler lives, so that nothing comes due",
    "cronverge up starts one",
  );
}

export function checkVersions(nodes: readonly KnownNode[], version: string): DoctorFinding[] {
  const others = nodes.filter((node) => node.live && node.version !== version);
  if (others.length === 0) return [];
  const shown = others.map((node) => `${nameOf(node)} has ${node.version}`);
  const message = `nodes have other versions than this program (${version}): ${someOf(shown)}`;
  const help = "end the upgrade: a node that is older than the schema runs nothing new";
  return [hint("nodes-versions", message, help)];
}

export function checkReloads(nodes: readonly KnownNode[]): DoctorFinding[] {
  return nodes.flatMap((node) => {
    const [first] = node.live ? node.reload_diagnostics : [];
    if (first === undefined) return [];
    const place = `${first.file}:${first.line}:${first.column}`;
    const message = `${nameOf(node)} goes on with the last good file: ${place}  ${first.message}`;
    return [wrong("nodes-reload", message, first.help ?? "cronverge check shows it")];
  });
}

/** A host whose newest node died: nobody started it again. */
export function checkDead(nodes: readonly KnownNode[]): DoctorFinding[] {
  const newest = new Map<string, KnownNode>();
  for (const node of nodes) if (!newest.has(node.host)) newest.set(node.host, node);
  const dead = [...newest.values()].filter(
    ({ state, role }) => role !== "once" && (state === "dead" || state === "silent"),
  );
  if (dead.length === 0) return [];
  const shown = dead.map((node) => `${nameOf(node)}, last seen ${node.renewed_at}`);
  const help =
    "start it again there, best by a service manager; a host that is gone for good is forgotten with its history";
  return [hint("nodes-dead", `died and not started again: ${someOf(shown)}`, help)];
}

function nameOf({ host, pid }: KnownNode): string {
  return `${host} (pid ${pid})`;
}
