import { cases } from "../cases/records.ts";
import { register } from "../handshake/register.ts";

register(cases);
