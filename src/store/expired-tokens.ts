import type { AgedRows } from "./pages.ts";

/** The tables of what authorizes for a time, and the rows of each whose time is over. */
export const EXPIRED: Record<string, readonly AgedRows[]> = {
  oauth_auth_codes: [
    { table: "oauth_auth_codes", key: "code", time: "expires_at" },
    // Used, and not yet expired: one that is both is met once.
    {
      table: "oauth_auth_codes",
      key: "code",
      time: "used_at",
      only: "expires_at >= $1::timestamptz",
    },
  ],
  oauth_refresh_tokens: [{ table: "oauth_refresh_tokens", key: "token_id", time: "expires_at" }],
  oauth_state_bindings: [
    { table: "oauth_state_bindings", key: "state_token_hash", time: "expires_at" },
  ],
  oauth_jti_revocations: [{ table: "oauth_jti_revocations", key: "jti", time: "exp" }],
  id_jag_replay: [{ table: "id_jag_replay", key: "jti", time: "expires_at" }],
};
