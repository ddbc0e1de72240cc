import type { Certificate } from "../certificate.ts";
import type { PathFault } from "../pathCheck.ts";

const statusRequest = 5;

/** RFC 7633 §4.2.3: whether a server with this certificate has to staple. */
export function mustStaple({ extensions: { tlsFeature } }: Certificate): boolean {
  return tlsFeature?.includes(statusRequest) ?? false;
}

/** RFC 7633 §4.2.2: what an authority's certificate names as features, those below it have to name too. */
export function tlsFeatureFault(path: readonly Certificate[]): PathFault | undefined {
  for (let i = path.length - 1; i > 0; i--) {
    const wanted = (path[i] as Certificate).extensions.tlsFeature;
    if (wanted === undefined) continue;
    const certificate = path[i - 1] as Certificate;
    const named = new Set(certificate.extensions.tlsFeature);
    if (!wanted.every((feature) => named.has(feature))) {
      const about = "does not name the TLS features that its issuer's certificate demands (must-staple)";
      return { rule: "mustStaple", certificate, about };
    }
  }
  return undefined;
}
