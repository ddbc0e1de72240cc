import { cases } from "../cases/refusals.ts";
import { register } from "./register.ts";

register(cases);
