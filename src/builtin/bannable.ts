import { BlockList, isIP } from "node:net";

/** Networks whose addresses belong to nobody in particular: those of machines among themselves. */
const PRIVATE: readonly [network: string, bits: number, family: "ipv4" | "ipv6"][] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["::", 127, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
];

const privateNetworks = new BlockList();
for (const [network, bits, family] of PRIVATE) privateNetworks.addSubnet(network, bits, family);

/**
 * Whether an address may be banned. A private one is that of a proxy of ours, which stands for all
 * who came through it; what is no address cannot be compared with one.
 */
export function isBannable(address: string, exemptPrefixes: readonly string[]): boolean {
  const version = isIP(address);
  // One with a zone is of this machine's own links.
  if (version === 0 || address.includes("%")) return false;
  if (privateNetworks.check(address, version === 4 ? "ipv4" : "ipv6")) return false;
  return !exemptPrefixes.some((prefix) => address.startsWith(prefix));
}
