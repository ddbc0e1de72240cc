import { cases } from "../cases/fullHandshake.ts";
import { register } from "./register.ts";

register(cases);
