import { unescape } from "node:querystring";

interface AddressCredentials {
  user: string;
  password: string;
}

/** The value of the `authorization` header that an address with a user asks for; null: it has none. */
export function basicAuthorization(address: string): string | null {
  const credentials = credentialsOf(URL.parse(address));
  return credentials === null
    ? null
    : `Basic ${Buffer.from(pairOf(credentials)).toString("base64")}`;
}

/** What must not be shown of an address, wherever it was written: a user without password is a token. */
export function addressSecrets(address: string): string[] {
  const url = URL.parse(address);
  const credentials = credentialsOf(url);
  if (url === null || credentials === null) return [];
  const pair = pairOf(credentials);
  return credentials.password === ""
    ? [pair, credentials.user, url.username]
    : [pair, credentials.password, url.password];
}

function credentialsOf(url: URL | null): AddressCredentials | null {
  if (url === null || (url.username === "" && url.password === "")) return null;
  // A percent sign that encodes nothing stays as it is.
  return { user: unescape(url.username), password: unescape(url.password) };
}

function pairOf({ user, password }: AddressCredentials): string {
  return `${user}:${password}`;
}
