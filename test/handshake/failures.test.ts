import { cases } from "../cases/failures.ts";
import { register } from "./register.ts";

register(cases);
