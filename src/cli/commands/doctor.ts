import { lookAtProject } from "../../daemon/project.ts";
import { SchedulerError } from "../../model/errors.ts";
import type { ProjectPlace } from "../../source/locate.ts";
import type { DoctorData, DoctorFinding } from "../../views/doctor.ts";
import { renderDoctor } from "../../views/doctor.ts";
import type { CommandContext } from "../context.ts";
import { displayName } from "../context.ts";
import { findingsOf } from "../doctor/finding.ts";
import { lookAtConfig, lookAtDatabase, lookAtMachine } from "../doctor/look.ts";
import { EXIT_FAILED, EXIT_OK } from "../exit.ts";
import type { CommandResult } from "../result.ts";

/** `doctor`: a look at all that a schedule stands on. It changes nothing and runs no job code. */
export async function doctor(context: CommandContext): Promise<CommandResult> {
  const findings = await look(context);
  const wrong = findings.filter(({ level }) => level === "wrong").length;
  const hints = findings.filter(({ level }) => level === "hint").length;
  const data: DoctorData = { healthy: wrong === 0, wrong, hints, findings };
  return {
    data,
    artifactType: "presentation_card",
    title: "Doctor",
    text: ({ color }) => renderDoctor(data, color),
    exitCode: wrong === 0 ? EXIT_OK : EXIT_FAILED,
  };
}

async function look(context: CommandContext): Promise<DoctorFinding[]> {
  const place = findPlace(context);
  if ("message" in place) return [...(await lookAtMachine(null)), place];
  const file = displayName(place.configFile);
  const { loaded, settings } = await lookAtProject(place, file);
  const config = await lookAtConfig(loaded, file);
  if (settings === null) return [...(await lookAtMachine(null)), ...config];
  const project = { place, loaded, settings };
  return [...(await lookAtMachine(project)), ...config, ...(await lookAtDatabase(project))];
}

function findPlace({ locate }: CommandContext): ProjectPlace | DoctorFinding {
  try {
    return locate();
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    return findingsOf("config").wrong("config-found", error.message, error.help ?? null);
  }
}
