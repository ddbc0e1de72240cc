import { cases } from "../cases/compatibility.ts";
import { register } from "./register.ts";

register(cases);
