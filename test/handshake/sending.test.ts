import { cases } from "../cases/sending.ts";
import { register } from "./register.ts";

register(cases);
