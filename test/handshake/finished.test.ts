import { cases } from "../cases/finished.ts";
import { register } from "./register.ts";

register(cases);
