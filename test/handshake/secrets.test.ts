import { cases } from "../cases/secrets.ts";
import { register } from "./register.ts";

register(cases);
