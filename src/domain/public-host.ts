/**
 * Whether a host, as `URL.hostname` writes it, may be somebody's own network: loopback, private, link-local (cloud metadata among them),
 * carrier-grade and reserved ranges, and names that only resolve inside. `URL` has already turned decimal, octal and hexadecimal forms of
 * IPv4 into dotted ones. A public name may still resolve to a private address: whoever connects checks the address as well.
 */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  if (host.startsWith("[")) return isPrivateIpv6(host.slice(1, -1));
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  if (v4 !== null) return isPrivateIpv4(v4.slice(1).map(Number));
  return !host.includes(".") || privateSuffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`));
}

const privateSuffixes = ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "localdomain"];

/** RFC 6890 and its updates. */
function isPrivateIpv4([a = 0, b = 0, c = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return true;
  if (a === 100) return b >= 64 && b <= 127;
  if (a === 169) return b === 254;
  if (a === 172) return b >= 16 && b <= 31;
  if (a === 192) return b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99);
  return a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100)) ? true : a === 203 && b === 0 && c === 113;
}

/** Only global unicast (2000::/3) is public, and of that not what wraps an IPv4 address (6to4, Teredo) or is documentation. */
function isPrivateIpv6(address: string): boolean {
  const first = Number.parseInt(address.split(":", 1)[0] === "" ? "0" : (address.split(":", 1)[0] ?? "0"), 16);
  if (first < 0x2000 || first > 0x3fff) return true;
  return first === 0x2002 || /^2001:(?:0?:|db8|0:)/.test(address) || address.startsWith("2001::");
}
