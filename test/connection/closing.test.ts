import { cases } from "../cases/closing.ts";
import { register } from "../handshake/register.ts";

register(cases);
