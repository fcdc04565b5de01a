import { hostname, userInfo } from "node:os";

/** `user@host`: who a person will ask. */
export function whoAmI(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}@${hostname()}`;
  }
}
