import { cases } from "../cases/serverHello.ts";
import { register } from "./register.ts";

register(cases);
