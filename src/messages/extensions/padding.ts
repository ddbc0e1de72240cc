import { rest } from "../codec.ts";
import { extension } from "./extension.ts";

/** RFC 7685: zeros that make a hello longer. */
export const padding = extension("padding", 21, { ClientHello: rest });
