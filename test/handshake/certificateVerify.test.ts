import { cases } from "../cases/certificateVerify.ts";
import { register } from "./register.ts";

register(cases);
