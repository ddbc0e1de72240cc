import { cases } from "../cases/rfc8448.ts";
import { register } from "../handshake/register.ts";

register(cases);
