import { cases } from "../cases/versions.ts";
import { register } from "./register.ts";

register(cases);
