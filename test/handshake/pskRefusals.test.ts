import { cases } from "../cases/pskRefusals.ts";
import { register } from "./register.ts";

register(cases);
