import { cases } from "../cases/externalPsks.ts";
import { register } from "./register.ts";

register(cases);
