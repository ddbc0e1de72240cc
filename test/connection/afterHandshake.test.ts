import { cases } from "../cases/afterHandshake.ts";
import { register } from "../handshake/register.ts";

register(cases);
