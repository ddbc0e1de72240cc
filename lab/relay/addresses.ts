import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { Target } from "./targets.ts";

/** IANA's registry of special-purpose IPv4 addresses, multicast and what is reserved: none of it is reachable for all. */
const special = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  special.addSubnet(network, prefix, "ipv4");
}

/** Global unicast (RFC 4291 §2.4), without what carries an IPv4 address in it or leads nowhere. */
const unicast = new BlockList();
unicast.addSubnet("2000::", 3, "ipv6");
const specialUnicast = new BlockList();
for (const [network, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  specialUnicast.addSubnet(network, prefix, "ipv6");
}

/** Whether an address is one that everybody reaches alike: not of this machine, not of a network that this machine is in. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, "ipv4");
  return isIPv6(address) && unicast.check(address, "ipv6") && !specialUnicast.check(address, "ipv6");
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^127\./.test(address);
}

/** Whether the relay may go to where a target's name has led. */
export function mayReach({ reach }: Target, address: string): boolean {
  if (reach === "any") return true;
  return reach === "loopback" ? isLoopback(address) : isPublic(address);
}

/** Whom connections are counted for: an IPv4 address, or the /64 of IPv6, all of which one machine may have. */
export function countedAs(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const groups = head === "" ? [] : head.split(":");
  const behind = tail === undefined || tail === "" ? 0 : tail.split(":").length;
  if (tail !== undefined) while (groups.length + behind < 8) groups.push("0");
  if (behind > 4) groups.push(...(tail ?? "").split(":"));
  return `${groups.slice(0, 4).join(":")}::/64`;
}
