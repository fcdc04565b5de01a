import { shortHash } from "../model/short-hash.ts";
import type { Paint } from "./paint.ts";
import { zonedTime } from "./schedule-times.ts";
import { renderTable } from "./table.ts";

/** One version in the JSON of `jobs versions`. */
export interface VersionItem {
  version: string;
  sha256: string;
  /** ISO 8601 in UTC. */
  created_at: string;
  revision: number | null;
  git_commit: string | null;
  /** The job runs it now. */
  current: boolean;
}

export interface VersionsData {
  job_name: string;
  versions: VersionItem[];
  total: number;
}

/** The versions of a job's code, the newest first. */
export function renderVersions(
  { job_name, versions }: VersionsData,
  { color, timezone }: { color: Paint; timezone: string },
): string {
  if (versions.length === 0) return `${job_name} runs no code that is kept as versions.\n`;
  return renderTable(versions, {
    color,
    columns: [
      { title: "VERSION", cell: (version) => version.version },
      { title: "SHA256", cell: (version) => shortHash(version.sha256) },
      { title: "SINCE", cell: (version) => zonedTime(version.created_at, timezone) },
      { title: "REVISION", cell: ({ revision }) => (revision === null ? null : String(revision)) },
      {
        title: "COMMIT",
        cell: ({ git_commit }) => (git_commit === null ? null : shortHash(git_commit)),
      },
      {
        title: "",
        cell: (version) => (version.current ? { text: "current", style: "green" } : ""),
      },
    ],
  });
}
