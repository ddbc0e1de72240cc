// tls13/revocation: was a certificate revoked (stapled OCSP responses, must-staple, CRLs). Each is a check of a path that
// holds by itself, to be handed to a verification.

export type {
  CandidatePath,
  Evidence,
  Note,
  PathCheck,
  PathCheckContext,
  PathCheckResult,
  PathFault,
} from "../pathCheck.ts";
export type { CrlFiles } from "./crlList.ts";
export { type CrlOptions, crls } from "./crls.ts";
export { type StapledOcspOptions, stapledOcsp } from "./stapledOcsp.ts";
