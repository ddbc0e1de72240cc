import { cases } from "../cases/resumption.ts";
import { register } from "./register.ts";

register(cases);
