import { cases } from "../cases/keyLog.ts";
import { register } from "./register.ts";

register(cases);
