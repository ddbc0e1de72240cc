import { cases } from "../cases/postHandshakeAuthentication.ts";
import { register } from "./register.ts";

register(cases);
