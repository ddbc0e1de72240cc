import { onDemand } from "../../wire/onDemand.ts";

/** What few handshakes need. */
export const seldom = onDemand(() => import("./seldom.ts"));
