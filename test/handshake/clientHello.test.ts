import { cases } from "../cases/clientHello.ts";
import { register } from "./register.ts";

register(cases);
