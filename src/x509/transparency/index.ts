/** Certificate transparency (RFC 6962): an entry of its own, so that it costs nothing unused. */
export { type Log, type LogList, type LogState, parseLogList } from "./logList.ts";
export type { TransparencyPolicy } from "./policy.ts";
export { type TransparencyOptions, transparency } from "./transparency.ts";
