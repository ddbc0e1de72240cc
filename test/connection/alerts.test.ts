import { cases } from "../cases/alerts.ts";
import { register } from "../handshake/register.ts";

register(cases);
