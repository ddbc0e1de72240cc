import { cases } from "../cases/options.ts";
import { register } from "./register.ts";

register(cases);
